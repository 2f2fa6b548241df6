"""Displays as pictures of a report: drawn without a window, made inert, described."""
