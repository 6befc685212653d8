"""First-party adapters, each held to the laws of its port."""
