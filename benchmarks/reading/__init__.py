"""Programs of table (e): each reads the files of one folder, once and cold, and tells what that took."""
