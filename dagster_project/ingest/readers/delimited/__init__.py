"""Delimited text: how a file is written, its lines, and their cells."""
