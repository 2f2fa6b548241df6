"""What a language model is asked about a node: its text, and some linked texts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.selection.quotas import place_within
from sklearn_tagkd.asking.worth_asking import nodes_with_text
from sklearn_tagkd.estimators.labels import (
    labelled_rows,
    refuse_lone_class,
)
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.graph.link_blocks import both_ways
from sklearn_tagkd.llm import Question
from sklearn_tagkd.rationales import ClassProfile
from sklearn_tagkd.rationales.class_codes import composed
from sklearn_tagkd.utils.streams import private_stream

__all__ = ["build_questions", "class_examples", "describe_classes"]

_COUNT = re.compile(r"(?:0|[1-9]\d{0,17})\Z", re.ASCII)


def describe_classes(
    classes: Sequence[Any] | Mapping[Any, str] | None,
    graph: TextGraph,
    y: Any,
    clients: Sequence[Any],
    profiles: Sequence[ClassProfile] = (),
) -> dict[Any, str]:
    """Return what a node can be, as far as it is known before asking.

    Parameters
    ----------
    classes : sequence of labels, mapping of label to description, or None
        What the user says; None looks at the labels and at the client.
    graph : TextGraph
        View whose nodes may be asked about.
    y : array-like of shape (n_nodes,) or None
        True labels of the view.
    clients : sequence of object with ``ask``, or None
        May name ``classes`` that they know.
    profiles : sequence of ClassProfile, default=()
        Name classes too.

    Returns
    -------
    dict of label to str
        Labels with their descriptions, ``''`` for none.

    Raises
    ------
    ValueError
        If nobody names a class, or ``y`` has numbers where the client has names.
    """
    if classes is not None:
        described = isinstance(classes, Mapping)
        return dict(classes) if described else dict.fromkeys(classes, "")
    known: list[Any] = [
        name for client in clients for name in getattr(client, "classes", None) or []
    ]
    profiled: list[Any] = [profile.name for profile in profiles]
    if y is not None:
        labels, is_labelled = labelled_rows(y, len(graph))
        in_y = np.unique(labels[is_labelled]).tolist()
        # Few labels need not show every class: what the client knows completes them,
        # which names numbers by their digits.
        if in_y and not isinstance(in_y[0], str):
            named = [*known, *profiled]
            if named and not {str(label) for label in in_y} & set(named):
                raise ValueError(
                    f"y holds numbers such as {in_y[0]!r}, but answers or class "
                    f"profiles name classes such as {named[0]!r}. Give y as "
                    "those names; or, where scikit-learn has encoded them (as "
                    "cross_val_predict does for method='predict_proba'), say what "
                    "the integers stand for: classes=sorted(names)."
                )
            are_counts = all(type(label) is int for label in in_y)
            known, profiled = (
                [int(name) for name in names if are_counts and _COUNT.match(name)]
                for names in (known, profiled)
            )
        known = [*in_y, *known]
        refuse_lone_class(labels, is_labelled, dict.fromkeys([*known, *profiled]))
    known = _with_profiles(known, profiled)
    if not known:
        raise ValueError(
            "classes=None, and neither y nor the client names a class. Pass "
            "classes=[...], or a dict of class to description."
        )
    return dict.fromkeys(known, "")


def _with_profiles(known: Sequence[Any], described: Sequence[Any]) -> list[Any]:
    """Return classes, each once, and further ones that profiles are of.

    A profile whose name differs from a class in case alone is misspelt, and told of.
    """
    first: dict[Any, Any] = {}
    for label in known:
        first.setdefault(composed(label) if isinstance(label, str) else label, label)
    read = set(map(_as_read, first))
    further = [label for label in described if _as_read(label) not in read]
    return list(dict.fromkeys([*first.values(), *further]))


def _as_read(label: Any) -> Any:
    return composed(label).casefold().strip() if isinstance(label, str) else label


def build_questions(
    graph: TextGraph,
    positions: NDArray[np.int64],
    classes: Mapping[str, str],
    max_neighbors: int,
    has_text: NDArray[np.bool_] | None = None,
) -> list[Question]:
    """Return the questions about some nodes.

    Parameters
    ----------
    graph : TextGraph
        The whole parent is looked at.
    positions : ndarray of int64 of shape (n_nodes,)
        Nodes to ask about.
    classes : mapping of str to str
        Names of classes with their descriptions.
    max_neighbors : int
        Most linked nodes to show per question.
    has_text : ndarray of bool of shape (n_parent_nodes,), default=None
        Which nodes have a text; None finds out. No other is shown as a neighbour.

    Returns
    -------
    list of Question
        One per node, its neighbours in random order.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.asking.questions import build_questions
    >>> graph = TextGraph(["a goal", "a vote"], [(0, 1)])
    >>> build_questions(graph, np.array([0]), {"sport": ""}, 5)[0].neighbors
    (1,)
    """
    either = both_ways(graph)
    has_text = nodes_with_text(graph) if has_text is None else has_text
    shown = []
    for position in positions:
        linked = np.unique(
            np.concatenate(
                [
                    links.indices[links.indptr[position] : links.indptr[position + 1]]
                    for links in either
                ]
            )
        )
        shown.append(_shown(linked[has_text[linked]], position, max_neighbors))
    parent = graph.parent
    flat = np.concatenate([*shown, np.empty(0, np.int64)]).astype(np.int64)
    texts = iter(parent[flat].texts)
    names: Any = iter(parent[flat].node_ids.tolist())
    asked = parent[positions]
    return [
        Question(
            node=node,
            text=text,
            neighbors=tuple(next(names) for _ in neighbors),
            neighbor_texts=tuple(next(texts) for _ in neighbors),
            classes=classes,
        )
        for node, text, neighbors in zip(
            asked.node_ids.tolist(), asked.texts, shown, strict=True
        )
    ]


def class_examples(
    graph: TextGraph,
    questions: Sequence[Question],
    known: Mapping[int, str],
    n_per_class: int,
    random_state: Any = 0,
) -> list[Question]:
    """Put labelled texts into questions, to learn the task from.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    questions : sequence of Question
        What is asked.
    known : mapping of int to str
        Position to name of the class.
    n_per_class : int
        Texts per class at most.
    random_state : int, RandomState instance or None, default=0
        Chooses them.

    Returns
    -------
    list of Question
        The same, with examples; a node is never an example to its own question,
        nor is one that the question shows as a neighbour, nor one without a text.
    """
    places = np.array(sorted(known), dtype=np.int64)
    places = places[nodes_with_text(graph)[places]]
    random = private_stream(random_state, "examples in prompts")
    order = random.permutation(len(graph.parent))
    places = places[np.argsort(order[places])]
    names = np.array([known[place] for place in places.tolist()], dtype=object)
    # One more than is shown: it stands in where one is the node asked about.
    spare = places[place_within(names) < n_per_class + 1].tolist()
    texts = dict(zip(spare, graph.parent[spare].texts, strict=True))
    ids = dict(zip(spare, graph.parent[spare].node_ids.tolist(), strict=True))
    filled = []
    for question in questions:
        shown = {question.node, *question.neighbors}
        fit = [place for place in spare if ids[place] not in shown]
        labels = np.array([known[place] for place in fit], dtype=object)
        kept = np.array(fit, dtype=np.int64)[place_within(labels) < n_per_class]
        examples = tuple((texts[place], known[place]) for place in kept.tolist())
        filled.append(replace(question, examples=examples))
    return filled


def _shown(neighbors: NDArray[Any], position: int, max_neighbors: int) -> NDArray[Any]:
    # Drawn from the node alone: whatever else is asked, its question stays the
    # same, and so does the key under which its answer is remembered.
    generator = np.random.default_rng(position)
    return generator.permutation(neighbors)[:max_neighbors]
