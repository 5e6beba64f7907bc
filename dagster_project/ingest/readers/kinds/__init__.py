"""What the rows that are no data say of those that are."""
