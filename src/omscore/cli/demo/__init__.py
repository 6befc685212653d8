"""A small tea shop that lives one week: its settings, its people, what happens to them, and how it is told."""
