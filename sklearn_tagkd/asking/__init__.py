"""Whom to ask, and what: from a graph and a client to checked rationales.

Takes a graph, what is known of its labels, and somebody who answers; gives questions,
rounds of asking, and a table of rationales. May call ``bulk`` (texts of a graph in a
folder are embedded there), ``learning``, ``estimators``, ``features``, ``llm`` and what
lies below them.
"""
