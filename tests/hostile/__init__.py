"""Hostile input, as data, and the doors it is fed through."""
