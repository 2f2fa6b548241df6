"""Graphs that a language model has answered about, and that can be scored."""

from __future__ import annotations

from pathlib import Path

from sklearn.utils import Bunch

from sklearn_tagkd.datasets.folder import read_graph

__all__ = ["read_answered_graph"]


def read_answered_graph(folder: str | Path) -> Bunch:
    """Read a graph with recorded answers and true labels from a folder.

    Parameters
    ----------
    folder : str or Path
        As :func:`~sklearn_tagkd.datasets.read_graph` reads it.

    Returns
    -------
    Bunch
        The same, with ``answers``.

    Raises
    ------
    FileNotFoundError
        If there is no file of answers.
    ValueError
        If no node has a label.
    """
    bunch = read_graph(folder)
    if "answers" not in bunch:
        raise FileNotFoundError(
            f"There is no answers.jsonl in {folder}: without a language "
            "model's recorded answers there is nothing to learn from."
        )
    if not bunch.target_names:
        raise ValueError(
            f"The table of nodes in {folder} has no label: there is nothing to "
            "score against. Fit the pipeline of the README instead."
        )
    return bunch
