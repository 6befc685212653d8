"""A year of real trade, read from a file and lived through from the first order to the last refund."""
