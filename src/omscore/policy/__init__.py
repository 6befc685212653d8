"""Every business rule a shop may set, as typed data, and the strict reading of it."""
