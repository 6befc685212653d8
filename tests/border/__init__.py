"""Bad text at the border: JSON, card numbers, names."""
