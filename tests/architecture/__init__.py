"""What holds for the code itself: which way imports point, how light it loads, how large a module grows."""
