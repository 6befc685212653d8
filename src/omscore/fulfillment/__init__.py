"""The work of one location for one order: pick, pack, label, hand over, follow to the door."""
