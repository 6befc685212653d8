"""Deliberately wrong variants, each a mistake that real shops were bitten by; the fault harness must flag every one.

A harness that has never caught a planted mistake proves nothing.
"""
