"""Money in and back: one payment, its attempts, and what has become of the amount."""
