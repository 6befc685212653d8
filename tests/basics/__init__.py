"""Laws of the basics: money, text, places, calendars, items, parties, ids and quantities."""
