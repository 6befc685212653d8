"""Who the shop deals with: that a customer exists and was forgotten, never who it is."""
