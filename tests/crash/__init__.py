"""The fault harness: campaigns that hurt a shop in one way many times and hold what is left against every promise.

`python -m tests.crash` runs them from the command line, at the size of every day or with `--long`; each prints its
seed, so that what was found once can be found again.
"""
