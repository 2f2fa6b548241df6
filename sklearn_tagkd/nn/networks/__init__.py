"""What a network is made of, and how it looks at a graph."""
