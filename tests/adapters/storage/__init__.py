"""The laws of storage, held against every storage adapter, and what is special to the SQLite file."""
