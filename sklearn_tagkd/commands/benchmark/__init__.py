"""Accuracy on nodes without an answer: one report, for anyone to redo."""
