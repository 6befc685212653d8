"""How plugins are found, asked and believed."""
