"""From finished cells to tables, text and pictures."""
