"""Embeddable order management: orders, stock, routing and money that add up, without a server or a framework."""
