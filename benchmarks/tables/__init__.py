"""One module a table; each has `run(plan)`, which measures and returns its tables."""
