"""What a fitted model would say if links weighed otherwise, or a text were another."""
