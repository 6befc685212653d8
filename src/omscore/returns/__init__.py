"""Goods that come back: what was promised, what was seen, and what became of it."""
