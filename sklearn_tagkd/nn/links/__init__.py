"""What travels over links, and what all nodes receive of it."""
