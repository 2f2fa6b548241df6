"""A graph with recorded answers, ready to be measured on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from sklearn_tagkd import datasets
from sklearn_tagkd.commands.benchmark.charges import Charge
from sklearn_tagkd.commands.benchmark.methods.lessons import Lesson
from sklearn_tagkd.commands.benchmark.sources import Sample, Source
from sklearn_tagkd.commands.benchmark.teachers import collect_sources
from sklearn_tagkd.commands.benchmark.tokens import TokenCounts
from sklearn_tagkd.datasets.answered import read_answered_graph
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.rationales import ProfileTable

__all__ = ["DATA_VARIABLE", "Problem", "find_graph", "load_problem"]

DATA_VARIABLE = "SKLEARN_TAGKD_DATA"


@dataclass(frozen=True, eq=False)
class Problem:
    """What a benchmark runs on.

    Parameters
    ----------
    name : str
        Name of the graph.
    graph : TextGraph
        All nodes, without rationales.
    classes : ndarray of str of shape (n_classes,)
        Sorted names.
    true : ndarray of int64 of shape (n_nodes,)
        Column of each node's true class, -1 where there is none.
    sources : dict of str to Source
        Whose answers, by name; ``'recorded'`` is among them.
    tokens : dict of str to TokenCounts
        Of each teacher.
    profiles : ProfileTable or None
        What is known of the classes.
    of_profiles : Charge
        What asking for that takes.
    """

    name: str
    graph: TextGraph
    classes: NDArray[np.str_]
    true: NDArray[np.int64]
    sources: dict[str, Source]
    tokens: dict[str, TokenCounts]
    profiles: ProfileTable | None
    of_profiles: Charge

    def charge(self, sample: Sample, lesson: Lesson) -> Charge:
        """Return what a sample takes.

        Parameters
        ----------
        sample : Sample
            What was asked.
        lesson : Lesson
            How much of it.

        Returns
        -------
        Charge
            Of all teachers, and of class profiles.
        """
        total = Charge() if sample.profiles is None else self.of_profiles
        for teacher, positions in sample.asked.items():
            total += self.tokens[teacher].charge(positions, lesson)
        return total


def find_graph(name: str) -> tuple[str, Bunch]:
    """Find a graph by name or folder.

    Parameters
    ----------
    name : str
        ``'docs'``, a folder, or the name of a folder within the one that the
        environment variable ``SKLEARN_TAGKD_DATA`` names.

    Returns
    -------
    name : str
        Name for the report.
    bunch : Bunch
        See :func:`~sklearn_tagkd.datasets.read_graph`.

    Raises
    ------
    FileNotFoundError
        If there is no such graph, or it has no recorded answers.
    ValueError
        If it has no labels to score against.

    Examples
    --------
    >>> from sklearn_tagkd.commands.benchmark.problem import find_graph
    >>> name, bunch = find_graph("docs")
    >>> name, len(bunch.target_names)
    ('docs', 16)
    """
    if name == "docs":
        return name, datasets.load_docs()
    home = os.environ.get(DATA_VARIABLE)
    places = [Path(name), *([Path(home) / name] if home else [])]
    # A folder of that name may well be the report's.
    is_graph = [(place / "nodes.parquet").is_file() for place in places]
    folder = next((p for p, found in zip(places, is_graph, strict=True) if found), None)
    if folder is None:
        raise FileNotFoundError(
            f"There is no graph {name!r}. Give 'docs', or a folder that holds "
            "nodes.parquet, edges.parquet and answers.jsonl, or set the environment "
            f"variable {DATA_VARIABLE} to the folder that {name!r} lies in."
        )
    return folder.resolve().name, read_answered_graph(folder)


def load_problem(name: str, encoder: Any) -> Problem:
    """Load a graph and everybody's answers about it.

    Parameters
    ----------
    name : str
        See :func:`find_graph`.
    encoder : str or TextEncoder
        What embeds texts where nodes are chosen by them.

    Returns
    -------
    Problem
        See :func:`~sklearn_tagkd.commands.benchmark.teachers.collect_sources`.
    """
    name, bunch = find_graph(name)
    graph, classes = bunch.graph, np.array(bunch.target_names)
    is_labelled = bunch.target != ""
    codes = np.searchsorted(classes, bunch.target)
    true = np.where(is_labelled, codes, -1).astype(np.int64)
    teachers = collect_sources(bunch, classes, encoder)
    return Problem(name, graph, classes, true, **vars(teachers))
