"""Answers on disk, safe for many threads and processes."""
