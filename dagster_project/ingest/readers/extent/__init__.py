"""How far a sheet reaches, and what of it is the table."""
