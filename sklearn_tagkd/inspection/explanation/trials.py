"""What is taken away from nodes, and what is kept, to try explanations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.inspection.explanation.candidates import links_within
from sklearn_tagkd.inspection.explanation.evidence import NodeEvidence
from sklearn_tagkd.inspection.explanation.phrases import Phrase, only, without

__all__ = ["KINDS", "Material", "Trial", "trials_of"]

KINDS = ("links", "words", "both")
Chosen = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Material:
    """A node's links and phrases, those that carry its label first.

    Parameters
    ----------
    pairs : ndarray of int64 of shape (n_links, 2)
        Receiver and sender of the links that may be chosen.
    text : str
        The node's.
    phrases : list of Phrase
        Its phrases.
    best_links, best_phrases : ndarray of int64
        Places of those that carry the label, most first.
    """

    pairs: NDArray[np.int64]
    text: str
    phrases: list[Phrase]
    best_links: Chosen
    best_phrases: Chosen

    @classmethod
    def of(
        cls,
        about: NodeEvidence,
        node: int,
        reach: int,
        text: str,
        phrases: list[Phrase],
        rows: NDArray[np.float32],
    ) -> Material:
        """Find what carries a node's label.

        Parameters
        ----------
        about : NodeEvidence
            Of the node.
        node : int
            Its position.
        reach : {1, 2}
            Whose links may be chosen.
        text : str
            The node's.
        phrases : list of Phrase
            Its phrases.
        rows : ndarray of float32 of shape (n_phrases, n_dimensions)
            The text without each.

        Returns
        -------
        Material
            Ready for trials.
        """
        pairs = np.empty((0, 2), dtype=np.int64)
        best_links = np.empty(0, dtype=np.int64)
        if about.sees_links:
            pairs, _ = links_within(about.reading, node, reach)
            chosen, effects = about.link_effects(pairs)
            best_links = chosen[_carrying(effects)]
        effects = about.word_effects(rows) if phrases else np.empty(0)
        return cls(pairs, text, phrases, best_links, _carrying(effects))


@dataclass(frozen=True, eq=False)
class Trial:
    """One question: what is said without some things, or with them alone.

    Parameters
    ----------
    kind : {'links', 'words', 'both'}
        What is chosen.
    budget : int
        How much of each.
    draw : int
        Of random choices, which one; -1 is the explanation.
    keeps : bool
        Whether what was chosen is all that is kept; else it is taken away.
    pairs : ndarray of int64 of shape (n_links, 2)
        Links that are taken away.
    text : str or None
        The other text; None leaves it.
    """

    kind: str
    budget: int
    draw: int
    keeps: bool
    pairs: NDArray[np.int64]
    text: str | None


def trials_of(
    material: Material,
    budgets: tuple[int, ...],
    n_random: int,
    random: np.random.RandomState,
    kinds: Sequence[str] = KINDS,
) -> list[Trial]:
    """Choose what to take away: the explanation, and as much at random.

    Parameters
    ----------
    material : Material
        Of a node.
    budgets : tuple of int
        How many links, and how many phrases.
    n_random : int
        Random choices per budget.
    random : RandomState
        Makes them.
    kinds : sequence of {'links', 'words', 'both'}, default=all
        Of which kinds.

    Returns
    -------
    list of Trial
        Of every kind of which there is more than the explanation takes.
    """
    pools = {
        "links": (len(material.pairs), material.best_links),
        "words": (len(material.phrases), material.best_phrases),
    }
    # Both kinds together are the same choices: their texts are embedded once.
    drawn = {
        (part, draw): random.permutation(n_all)
        for part, (n_all, _) in pools.items()
        for draw in range(n_random)
    }
    trials = []
    for kind in kinds:
        parts = ("links", "words") if kind == "both" else (kind,)
        sizes = {part: len(pools[part][1][: max(budgets)]) for part in parts}
        # Where it takes all there is, random choices are the same.
        if not all(0 < sizes[part] < pools[part][0] for part in parts):
            continue
        for budget in budgets:
            for draw in range(-1, n_random):
                chosen = {
                    part: best[:budget]
                    if draw < 0
                    else drawn[part, draw][: len(best[:budget])]
                    for part, (_, best) in pools.items()
                    if part in parts
                }
                trials += [
                    _trial(material, kind, budget, draw, keeps, chosen)
                    for keeps in (False, True)
                ]
    return trials


def _trial(
    material: Material,
    kind: str,
    budget: int,
    draw: int,
    keeps: bool,
    chosen: dict[str, Chosen],
) -> Trial:
    pairs, text = material.pairs[:0], None
    if "links" in chosen:
        gone = np.zeros(len(material.pairs), dtype=bool)
        gone[chosen["links"]] = True
        pairs = material.pairs[~gone if keeps else gone]
    if "words" in chosen:
        some = [material.phrases[place] for place in chosen["words"]]
        text = (only if keeps else without)(material.text, some)
    return Trial(kind, budget, draw, keeps, pairs, text)


def _carrying(effects: NDArray[np.float64]) -> Chosen:
    order = np.argsort(-effects, kind="stable")
    return order[effects[order] > 0]
