"""A saved model and a folder, to look at them rather than to predict."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.commands.jobs.folder_options import (
    check_output,
    given_file,
    read_documents_of,
)
from sklearn_tagkd.commands.jobs.predicting import Predictor
from sklearn_tagkd.commands.outcome import UsageError
from sklearn_tagkd.commands.terminal import Terminal

if TYPE_CHECKING:  # `--help` works where numpy alone is
    from sklearn_tagkd.graph import TextGraph

__all__ = ["add_output_option", "check_page", "load_trained", "read_answered"]

_PAGES = (".html", ".htm", ".md", ".json")


def add_output_option(parser: argparse.ArgumentParser) -> None:
    """Add where the page goes.

    Parameters
    ----------
    parser : ArgumentParser
        Of the command.
    """
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="*.html, *.md or *.json; it holds texts of the documents",
    )


def check_page(options: argparse.Namespace) -> None:
    """Refuse where no page can be written.

    Parameters
    ----------
    options : Namespace
        Of the command.

    Raises
    ------
    UsageError
        If the name is none of a page, or it would replace an input.
    """
    if options.output.suffix.lower() not in _PAGES:
        raise UsageError(f"-o {options.output}: give a name in {', '.join(_PAGES)}.")
    check_output(options.output, options)


def load_trained(options: argparse.Namespace, terminal: Terminal) -> Any:
    """Load a model that can be looked into.

    Parameters
    ----------
    options : Namespace
        Of the command.
    terminal : Terminal
        Says whether bars are welcome.

    Returns
    -------
    Pipeline or estimator
        With what it learnt.

    Raises
    ------
    UsageError
        If what training takes is not installed.
    """
    predictor = Predictor.load(
        options.model_file, options.device, terminal.shows_progress
    )
    if predictor.is_served:
        raise UsageError(
            "Looking into a model takes what training takes: pip install "
            "'sklearn-tagkd[train]'."
        )
    return predictor.model


def read_answered(
    options: argparse.Namespace, terminal: Terminal, classes: Any
) -> tuple[TextGraph, NDArray[np.str_]]:
    """Read the folder, with the answers that lie in it.

    Parameters
    ----------
    options : Namespace
        Of the command.
    terminal : Terminal
        Is told what is worth telling.
    classes : sequence of labels or None
        What answers may name; None reads no answer.

    Returns
    -------
    graph : TextGraph
        Annotated with the answers, where there are some.
    labels : ndarray of str of shape (n_nodes,)
        ``''`` where there is none.
    """
    from sklearn_tagkd.rationales import check_rationales, read_answers

    tables = read_documents_of(options, terminal)
    graph = tables.graph(directed=options.directed)
    if classes is not None and (path := given_file(options, "answers")) is not None:
        found = check_rationales(read_answers(path)[0], graph, classes)
        graph = graph.annotated(rationales=found)
    return graph, tables.labels
