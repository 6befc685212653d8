"""Adapters that come with omscore, each a worked example of a plugin."""
