"""What may be spent, what was spent, and what it would be."""
