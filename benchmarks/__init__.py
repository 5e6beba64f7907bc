"""Benchmarks compare in ratios measured in one run; they are no timed tests. See README.md."""
