"""How the adapters of a shop are: what was asked of them, what failed, how long it took, and who is left alone."""
