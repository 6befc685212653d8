"""The sockets at the edge: one small Protocol per kind of backend, each satisfied by one adapter.

Adapter authors import from here. The engine acts through a port only while no commit is open; a call that takes longer
than the lease of its task (30 seconds) may be made again by another worker, under the same key.
"""
