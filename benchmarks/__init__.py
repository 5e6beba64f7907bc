"""Benchmarks: ratios measured in one run, never timed tests. See README.md."""
