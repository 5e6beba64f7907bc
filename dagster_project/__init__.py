"""haicap: the warehouse by which a province under two-tier local government knows, every morning, where it stands."""
