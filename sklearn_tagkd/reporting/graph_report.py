"""A graph, before anybody is asked."""

from __future__ import annotations

from typing import Any

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.reporting.before.asking import describe_asking
from sklearn_tagkd.reporting.before.labels import describe_labels
from sklearn_tagkd.reporting.before.links import describe_alikeness, describe_links
from sklearn_tagkd.reporting.before.sample import draw_sample
from sklearn_tagkd.reporting.before.texts import describe_texts
from sklearn_tagkd.reporting.document import Block, Document, Facts, Note, Section
from sklearn_tagkd.reporting.pictures.drawing import can_draw, why_no_pictures
from sklearn_tagkd.reporting.report_file import Report

__all__ = ["GraphReport"]

_MOST_NODES = 50_000


class GraphReport(Report):
    """What a graph is like, and what asking about it would take; nothing is sent.

    Texts (lengths, duplicates, empty ones), links (degrees, components), how alike
    linked texts are, labels, a question as it would be sent, and what it would cost.

    Parameters
    ----------
    graph : TextGraph
        Nodes that may be asked about. Of more than 50,000 a sample is looked at, and
        the report says so.
    y : array-like of shape (n_nodes,), default=None
        Labels that are known: they name the classes. Unlabelled nodes as in ``fit``.
    step : LLMRationaleTransformer, default=None
        Who would ask: its ``plan`` says what and for how much. None takes the prompts
        of this package, and some models' list prices.
    encoder : str or object with ``encode``, default='hashing'
        What compares linked texts: ``'hashing'`` by the words that they share.
    max_rows : int, default=50
        Most rows of a table.
    pictures : bool, default=True
        Whether the page shows lengths, links and a map of the texts. They take
        matplotlib; without it the report says that they are left out.

    Raises
    ------
    TypeError
        If ``graph`` is no TextGraph, or ``step`` does not ask.
    ValueError
        If ``max_rows`` is no positive number, or ``y`` does not fit.

    See Also
    --------
    report : What a fitted model has made of it.

    Examples
    --------
    >>> from sklearn_tagkd import GraphReport, datasets
    >>> docs = datasets.load_docs()
    >>> before = GraphReport(docs.graph, docs.target)
    >>> before.to_dict()["sections"]["texts"]["facts"]["empty"]
    0
    >>> before.save("before.html")  # doctest: +SKIP
    """

    def __init__(
        self,
        graph: TextGraph,
        y: Any = None,
        *,
        step: Any = None,
        encoder: Any = "hashing",
        max_rows: int = 50,
        pictures: bool = True,
    ) -> None:
        check_input(graph, max_rows)
        if step is not None and not hasattr(step, "plan"):
            raise TypeError(
                "step has to be an LLMRationaleTransformer, fitted or not; got "
                f"{type(step).__name__}. Of a pipeline give the step that asks."
            )
        sample = draw_sample(graph, _MOST_NODES)
        of_all = "" if len(graph) == len(graph.parent) else f" of {len(graph.parent):,}"
        facts = {
            "nodes": f"{len(graph):,}{of_all}",
            "links": graph.n_links,
            "features beside the texts": _width(graph),
        }
        blocks: list[Block] = [Facts(facts)]
        if sample.note:
            blocks.append(Note(sample.note))
        draws = pictures and can_draw()
        if pictures and not draws:
            blocks.append(Note(why_no_pictures()))
        sections = [
            Section("graph", "The graph", blocks),
            describe_texts(sample, max_rows, draws),
            describe_links(sample, max_rows, draws),
            describe_alikeness(sample, encoder, y, draws),
            describe_labels(graph, y, max_rows),
            describe_asking(graph, y, step),
        ]
        lead = "What there is, and what asking would take, before anybody is asked."
        super().__init__(Document("A graph before it is asked about", lead, sections))


def check_input(graph: Any, max_rows: Any) -> None:
    """Refuse what no report can be made of.

    Parameters
    ----------
    graph : object
        To be a TextGraph.
    max_rows : object
        To be a positive whole number.

    Raises
    ------
    TypeError, ValueError
        If it is none.
    """
    if not isinstance(graph, TextGraph):
        raise TypeError(f"graph has to be a TextGraph; got {type(graph).__name__}.")
    if not len(graph):
        raise ValueError("graph has no node: there is nothing to report.")
    if isinstance(max_rows, bool) or not isinstance(max_rows, int) or max_rows < 1:
        raise ValueError(f"max_rows={max_rows!r} is to be a whole number, 1 or more.")


def _width(graph: TextGraph) -> int:
    shape = graph.shape
    return int(shape[1]) if len(shape) > 1 else 0
