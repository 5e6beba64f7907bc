"""These scripts serve those who maintain the project; nothing of the night needs them."""
