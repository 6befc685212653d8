"""Side-by-side measurements against what a competent developer would write by hand: `python -m tests.benchmarks`.

Never timed tests. One ordinary test runs all of them in miniature, so that they cannot rot.
"""
