"""Whom a step hears on a graph that is too large to hear all of it."""
