"""What the books are told."""
