"""What customers asked for: carts, orders, their lines, amounts and holds."""
