"""Texts and links to rows: what a network looks at.

Takes a graph (and rationales, to learn which links matter); gives arrays of one input
space and links with their weights, and remembers both for as long as the graph lives.
May call ``rationales``, ``graph`` and ``nn``.
"""
