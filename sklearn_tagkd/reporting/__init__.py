"""Reports: what a graph is before anybody is asked, and what a model is after.

Takes a graph, or a fitted model and a graph; gives one HTML file that asks for nothing
from outside, the same as Markdown, and as a dict. May call ``inspection`` and all that
it may call. ``document`` is what a report holds, ``writing`` how it is shown, where
every text is escaped; a section of a report on a model is a file in ``sections``.
"""
