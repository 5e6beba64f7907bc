"""What the words of a table say of its rows and columns."""
