"""The stock ledger: what is where, what is promised to a cart, and the documents that bring units in or out."""
