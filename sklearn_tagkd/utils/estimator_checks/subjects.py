"""What the checks work with: a small graph, a client that counts, answers compared."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import RationaleClient
from sklearn_tagkd.rationales import Rationale

__all__ = [
    "ISOLATED",
    "NAMES",
    "CountingClient",
    "assert_alike",
    "make_graph",
    "make_labels",
    "prepare",
    "respond",
]

NAMES = np.array(["cooking", "music", "space"])
_WORDS = (
    ("soup", "butter", "oven", "garlic", "dough", "simmer"),
    ("violin", "rhythm", "chord", "opera", "melody", "tune"),
    ("planet", "orbit", "rocket", "comet", "galaxy", "lunar"),
)
_N_NODES = 48
ISOLATED = [_N_NODES - 2, _N_NODES - 1]


def make_graph(
    node_ids: Iterable[Hashable] | None = None,
    *,
    order: NDArray[np.int64] | None = None,
    links: bool = True,
) -> TextGraph:
    """Build a graph whose classes can be read off its texts.

    Parameters
    ----------
    node_ids : iterable of hashable, default=None
        48 ids; None numbers the nodes.
    order : ndarray of int64 of shape (48,), default=None
        Which node comes first, second, and so on.
    links : bool, default=True
        Whether there are any.

    Returns
    -------
    TextGraph
        Node ``i`` is of class ``i % 3``, the last two are isolated.
    """
    random = np.random.default_rng(0)
    texts = [" ".join(random.permutation(_WORDS[i % 3])[:4]) for i in range(_N_NODES)]
    linked = np.arange(ISOLATED[0])
    alike = [(i, (i + 3) % len(linked)) for i in linked]  # of the same class
    unlike = [(i, (i + 7) % len(linked)) for i in linked[::6]]
    edges = np.array(alike + unlike if links else np.empty((0, 2), dtype=int))
    if order is not None:
        texts = [texts[i] for i in order]
        edges = np.argsort(order)[edges]
    ids = list(range(_N_NODES)) if node_ids is None else list(node_ids)
    return TextGraph(texts, [(ids[u], ids[v]) for u, v in edges.tolist()], ids)


def make_labels(kind: str = "names") -> NDArray[Any]:
    """Return the labels of :func:`make_graph`.

    Parameters
    ----------
    kind : {'names', 'codes'}, default='names'
        Strings or integers.

    Returns
    -------
    ndarray of shape (48,)
        One label per node.
    """
    codes = np.arange(_N_NODES) % 3
    return NAMES[codes] if kind == "names" else codes


class CountingClient(RationaleClient):
    """Knows the class of every text of :func:`make_graph`, and counts questions.

    Parameters
    ----------
    names : sequence of str
        What the three classes are called.
    """

    is_free = True

    def __init__(self, names: Sequence[str] = tuple(NAMES.tolist())) -> None:
        self.names = tuple(names)
        self.n_asked = 0

    def ask(self, questions: Any) -> list[Rationale]:
        """Answer by the words of the text.

        Parameters
        ----------
        questions : sequence of Question
            One per node.

        Returns
        -------
        list of Rationale
            One per question.
        """
        self.n_asked += len(questions)
        return [self._answer(question) for question in questions]

    def _answer(self, question: Any) -> Rationale:
        words = question.text.split()
        named = [
            name
            for name, known in zip(self.names, _WORDS, strict=True)
            if set(words) & set(known) and name in question.classes
        ]
        possible = named[:1] or list(question.classes)  # all alike where no word tells
        return Rationale(
            question.node,
            dict.fromkeys(possible, 1 / len(possible)),
            shown=question.neighbors,
            keywords=tuple(words[:2]),
        )


def prepare(estimator: Any, names: Sequence[str] = tuple(NAMES.tolist())) -> Any:
    """Return an unfitted copy with fixed seeds and clients that count.

    Parameters
    ----------
    estimator : estimator
        To be copied.
    names : sequence of str
        What a client calls the three classes.

    Returns
    -------
    estimator
        The copy.
    """
    copy = clone(estimator)
    for name in copy.get_params(deep=True):
        leaf = name.rpartition("__")[2]
        if leaf == "random_state":
            copy.set_params(**{name: 0})
        elif leaf == "llm":
            copy.set_params(**{name: CountingClient(names)})
    return copy


def respond(model: Any, X: Any) -> NDArray[Any]:
    """Return what a fitted model says of nodes, one row a node.

    Parameters
    ----------
    model : estimator
        Fitted.
    X : TextGraph
        Nodes.

    Returns
    -------
    ndarray of shape (n_nodes, ...)
        The first it has of probabilities, decision values, predictions, or what it
        transforms the nodes into; of a graph, the texts.
    """
    for method in ("predict_proba", "decision_function", "predict", "transform"):
        if hasattr(model, method):
            said = getattr(model, method)(X)
            break
    else:
        raise AssertionError(f"{type(model).__name__} neither predicts nor transforms.")
    said = np.asarray(said.texts if isinstance(said, TextGraph) else said)
    assert len(said) == len(X), (
        f"{type(model).__name__}.{method} gave {len(said)} rows for {len(X)} nodes."
    )
    assert said.dtype.kind not in "fc" or np.isfinite(said).all(), (
        f"{type(model).__name__}.{method} gave numbers that are not finite."
    )
    return said


def assert_alike(
    first: NDArray[Any], second: NDArray[Any], what: str, *, exactly: bool = False
) -> None:
    """Compare what a model said with what it said again.

    Parameters
    ----------
    first, second : ndarray
        Answers.
    what : str
        What should not have made a difference, for the message.
    exactly : bool, default=False
        Whether to compare bits; otherwise rounding is allowed for.

    Raises
    ------
    AssertionError
        If they differ.
    """
    same = first.shape == second.shape and (
        np.allclose(first, second, atol=1e-4)
        if first.dtype.kind == "f" and not exactly
        else bool((first == second).all())
    )
    assert same, f"{what} changes what is predicted; it must not."
