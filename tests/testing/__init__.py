"""The kits that are shipped for adapter authors, tested by adapters that they must reject."""
