"""From true labels and rationales to what a network shall learn at which nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.estimators.labels import refuse_lone_class
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.learning.nothing_to_learn import nothing_known
from sklearn_tagkd.rationales import RationaleTable

__all__ = ["Supervision", "answers_on_labels", "view_rationales"]


def view_rationales(graph: TextGraph) -> RationaleTable | None:
    """Return the rationales of the selected nodes.

    Parameters
    ----------
    graph : TextGraph
        A view, annotated or not.

    Returns
    -------
    RationaleTable or None
        Answers about nodes outside the view are left out: those are not for
        training. None where nothing was asked.
    """
    table: RationaleTable | None = graph.annotations.get("rationales")
    return table and table.select(np.isin(table.positions, graph.rows))


@dataclass(frozen=True, eq=False)
class Supervision:
    """Class distributions to learn, by node.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted labels.
    rows : ndarray of int64 of shape (n_rows,)
        Positions in the parent; a node that a view repeats is repeated.
    distributions : ndarray of float32 of shape (n_rows, n_classes)
        What to learn there.
    weights : ndarray of float32 of shape (n_rows,)
        How much it counts.
    is_true : ndarray of bool of shape (n_rows,)
        Whether it is a true label, and not a language model's answer.
    """

    classes: NDArray[Any]
    rows: NDArray[np.int64]
    distributions: NDArray[np.float32]
    weights: NDArray[np.float32]
    is_true: NDArray[np.bool_]

    @classmethod
    def gather(
        cls,
        graph: TextGraph,
        labels: NDArray[Any],
        is_labelled: NDArray[np.bool_],
        *,
        source: str,
        hard_weight: float,
        soft_weight: float,
        true_weight: float,
        taught_classes: NDArray[Any] | None = None,
    ) -> Supervision:
        """Collect what a view knows of its nodes' classes.

        Parameters
        ----------
        graph : TextGraph
            View, with or without rationales.
        labels : ndarray of shape (n_nodes,)
            True labels of the selected nodes.
        is_labelled : ndarray of bool of shape (n_nodes,)
            Which of them count.
        source : {'both', 'llm', 'y'}
            Which to use. With ``'both'`` a true label outweighs the model's.
        hard_weight, soft_weight : float
            Weight of the model's top class and of its probabilities.
        true_weight : float
            Weight of a true label.
        taught_classes : ndarray of shape (n_taught_classes,), default=None
            Labels of classes that something else teaches, be it no node's class; then
            there may be no row.

        Returns
        -------
        Supervision
            At least one row, but for ``taught_classes``.

        Raises
        ------
        ValueError
            If nothing is known, or labels and classes are of different types.
        """
        table = view_rationales(graph) if source in ("both", "llm") else None
        is_labelled = is_labelled & (source in ("both", "y"))
        true_classes = np.unique(labels[is_labelled]) if is_labelled.any() else None
        told = [table.classes] if table is not None else []
        told += [taught_classes] if taught_classes is not None else []
        if true_classes is None and not told:
            raise ValueError(nothing_known(source, graph))
        classes = _merge_classes(true_classes, told)
        if true_classes is not None:
            refuse_lone_class(labels, is_labelled, classes.tolist())
        n_classes = len(classes)
        parts = [(graph.rows[:0], np.empty((0, n_classes)), np.empty(0))]
        if true_classes is not None:
            codes = np.searchsorted(classes, labels[is_labelled].astype(classes.dtype))
            rows = graph.rows[is_labelled]
            parts.append(
                (rows, np.eye(n_classes)[codes], np.full(len(rows), true_weight))
            )
        n_true = sum(len(part[0]) for part in parts)
        if table is not None:
            believed = ~np.isin(table.positions, graph.rows[is_labelled])
            parts.append(
                _pseudo_labels(
                    table.select(believed), classes, hard_weight, soft_weight
                )
            )
        rows, distributions, weights = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        gathered = cls(
            classes=classes,
            rows=rows.astype(np.int64),
            distributions=distributions.astype(np.float32),
            weights=weights.astype(np.float32),
            is_true=np.arange(len(rows)) < n_true,
        )
        if weights.any():
            return gathered
        if taught_classes is None:
            raise ValueError(nothing_known(source, graph))
        return gathered.take(np.empty(0, dtype=np.int64))

    @classmethod
    def of_labels(
        cls,
        classes: NDArray[Any],
        labels: NDArray[Any],
        rows: NDArray[np.int64],
    ) -> Supervision:
        """Take true labels as they are.

        Parameters
        ----------
        classes : ndarray of shape (n_classes,)
            Sorted labels that a network knows.
        labels : ndarray of shape (n_rows,)
            True labels.
        rows : ndarray of int64 of shape (n_rows,)
            Positions in the parent.

        Returns
        -------
        Supervision
            Every row counts the same.

        Raises
        ------
        ValueError
            If there is no label, or one of a class that the network does not know.
        """
        unknown = sorted(set(labels.tolist()) - set(classes.tolist()))
        if unknown or not len(labels):
            found = f"the class {unknown[0]!r}" if unknown else "no label"
            raise ValueError(
                f"y_val holds {found}. Give nodes of the classes learnt from: "
                f"{classes.tolist()}."
            )
        codes = np.searchsorted(classes, labels.astype(classes.dtype))
        one_hot = np.eye(len(classes), dtype=np.float32)[codes]
        weights, is_true = np.ones(len(rows), np.float32), np.ones(len(rows), bool)
        return cls(classes, rows, one_hot, weights, is_true)

    @property
    def is_labelled_class(self) -> NDArray[np.bool_]:
        """Which classes a true label is of."""
        labelled: NDArray[np.bool_]
        labelled = self.distributions[self.is_true].max(axis=0, initial=0) > 0
        return labelled

    def split(
        self, fraction: float, random_state: np.random.RandomState
    ) -> tuple[Supervision, Supervision | None]:
        """Hold some rows out.

        Parameters
        ----------
        fraction : float
            Share of rows to hold out.
        random_state : RandomState
            Chooses them.

        Returns
        -------
        kept : Supervision
            The others.
        held_out : Supervision or None
            None where there are fewer than ten rows.
        """
        n_held = round(fraction * len(self.rows)) if len(self.rows) >= 10 else 0
        if not n_held:
            return self, None
        order = random_state.permutation(len(self.rows))
        return self.take(order[n_held:]), self.take(order[:n_held])

    def take(self, places: NDArray[np.int64]) -> Supervision:
        """Return some rows.

        Parameters
        ----------
        places : ndarray of int64 of shape (n_places,)
            Which ones.

        Returns
        -------
        Supervision
            Of the same classes.
        """
        return Supervision(
            self.classes,
            self.rows[places],
            self.distributions[places],
            self.weights[places],
            self.is_true[places],
        )


def answers_on_labels(
    graph: TextGraph, supervision: Supervision
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return what a language model said of nodes whose label is known.

    Parameters
    ----------
    graph : TextGraph
        View, with or without rationales.
    supervision : Supervision
        Labels, of classes that those of the rationales are among.

    Returns
    -------
    named : ndarray of int64 of shape (n_both,)
        Column of the class that the answer holds for most probable.
    true : ndarray of int64 of shape (n_both,)
        Column of the label.
    """
    table = view_rationales(graph)
    rows, first = np.unique(supervision.rows[supervision.is_true], return_index=True)
    if table is None or not len(table) or not len(rows):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    labels = supervision.distributions[supervision.is_true][first].argmax(axis=1)
    both = np.isin(table.positions, rows)
    columns = np.searchsorted(supervision.classes, table.classes)
    named = columns[table.probabilities[both].argmax(axis=1)]
    return named, labels[np.searchsorted(rows, table.positions[both])]


def _merge_classes(
    true_classes: NDArray[Any] | None, told: Sequence[NDArray[Any]]
) -> NDArray[Any]:
    if true_classes is None:
        return np.unique(np.concatenate(told))
    for classes in told:
        kinds = [_label_kind(labels) for labels in (true_classes, classes)]
        if kinds[0] != kinds[1]:
            raise ValueError(
                f"y holds {kinds[0]} such as {true_classes.tolist()[0]!r}, but the "
                f"classes of the rationales are {kinds[1]} such as "
                f"{classes.tolist()[0]!r}. Give LLMRationaleTransformer the labels of "
                "y as classes."
            )
    return np.unique(np.concatenate([true_classes, *told]))


def _label_kind(labels: NDArray[Any]) -> str:
    first = labels.tolist()[0]
    return "strings" if isinstance(first, str) else "numbers"


def _pseudo_labels(
    table: RationaleTable,
    classes: NDArray[Any],
    hard_weight: float,
    soft_weight: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    # Cross-entropy is linear in its target: hard and soft labels, each with its
    # weight, are one target that mixes them.
    soft = np.zeros((len(table), len(classes)))
    soft[:, np.searchsorted(classes, table.classes)] = table.probabilities
    total = hard_weight + soft_weight
    share = hard_weight / total if total else 0.0
    hard = np.eye(len(classes))[soft.argmax(axis=1)]
    mixed = share * hard + (1 - share) * soft
    return table.positions, mixed, np.full(len(table), total)
