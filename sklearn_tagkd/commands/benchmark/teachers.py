"""Everybody whose answers about a graph are at hand, and what they would cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from sklearn_tagkd.asking.selection import (
    FeatPropSelection,
    TypicalSelection,
    UncertaintySelection,
)
from sklearn_tagkd.commands.benchmark.charges import (
    CHEAP_MODEL,
    STRONG_MODEL,
    Charge,
    list_price,
)
from sklearn_tagkd.commands.benchmark.sources import (
    GPT,
    RECORDED,
    CascadeSource,
    ChosenSource,
    LabelSource,
    OwnLabelsSource,
    ProfiledSource,
    RecordedSource,
    Source,
    guess_labels,
    read_recorded,
    read_single_labels,
)
from sklearn_tagkd.commands.benchmark.tokens import TokenCounts, charge_profiles
from sklearn_tagkd.rationales import (
    ProfileTable,
    RationaleTable,
    check_profiles,
    read_profiles,
)

__all__ = ["Teachers", "collect_sources"]

_WRONG_EVERY = 5  # one answer in five: 20%
_GUESSES = "guesses"


@dataclass(frozen=True, eq=False)
class Teachers:
    """Whose answers there are.

    Parameters
    ----------
    sources : dict of str to Source
        By name; ``'recorded'`` is among them.
    tokens : dict of str to TokenCounts
        Of each teacher.
    profiles : ProfileTable or None
        What is known of the classes.
    of_profiles : Charge
        What asking for that takes.
    """

    sources: dict[str, Source]
    tokens: dict[str, TokenCounts]
    profiles: ProfileTable | None
    of_profiles: Charge


def collect_sources(bunch: Bunch, classes: NDArray[np.str_], encoder: Any) -> Teachers:
    """Collect everybody's answers about a graph.

    Parameters
    ----------
    bunch : Bunch
        Graph, labels and files; see :func:`~sklearn_tagkd.datasets.read_graph`.
    classes : ndarray of str of shape (n_classes,)
        Sorted names.
    encoder : str or TextEncoder
        What embeds texts where nodes are chosen by them.

    Returns
    -------
    Teachers
        The recorded answers, at random, a fifth of them wrong, and chosen by each
        strategy; a user's labels beside them and beside guesses. Where there are class
        profiles, the same with them; where there is ``labels_gpt35.jsonl``, GPT-3.5's
        labels too.
    """
    graph, labelled = bunch.graph, np.flatnonzero(bunch.target != "")
    recorded = read_recorded(bunch.answers, graph, classes, labelled)
    strong, cheap = list_price(STRONG_MODEL), list_price(CHEAP_MODEL)
    profiles, of_profiles = None, Charge()
    if "class_profiles" in bunch:
        profiles = check_profiles(read_profiles(bunch.class_profiles), classes)
        of_profiles = charge_profiles(profiles, classes, strong)
    guesses = guess_labels(graph, classes)
    tables = {RECORDED: recorded.table, _GUESSES: guesses}
    sources: list[Source] = [
        recorded,
        replace(recorded, name="20% wrong", wrong_every=_WRONG_EVERY),
    ]
    strategies = {
        "auto": "auto",
        "pagerank": "pagerank",
        "featprop": FeatPropSelection(encoder),
        "typical": TypicalSelection(encoder),
        "uncertainty": UncertaintySelection(encoder),
    }
    path = Path(bunch.answers).with_name("labels_gpt35.jsonl")
    if path.is_file():
        labels, tables[GPT] = read_single_labels(path, graph, classes)
        for title in ("random", "auto", "featprop", "typical", "uncertainty"):
            strategy = strategies.get(title, title)
            sources.append(
                LabelSource(
                    f"{GPT}, {title}", labels, tables[GPT], graph, labelled, strategy
                )
            )
    if profiles is not None:
        sources.append(ProfiledSource(recorded, profiles))
    file = Path(bunch.answers)
    for title, strategy in strategies.items():
        chosen = ChosenSource(title, recorded, graph, file, strategy)
        sources.append(chosen)
        if title == "auto" and profiles is not None:
            name = "auto, class profiles"
            sources.append(replace(chosen, name=name, profiles=profiles))
    sources += _beside_labels(bunch.target.astype(object), recorded, tables)
    if path.is_file():
        cascade = CascadeSource("cascade", recorded, graph, file, labels)
        sources.append(cascade)
        if profiles is not None:
            name = "cascade, class profiles"
            sources.append(replace(cascade, name=name, profiles=profiles))
    prices = {RECORDED: strong}
    tokens = {
        teacher: TokenCounts.estimate(graph, table, prices.get(teacher, cheap))
        for teacher, table in tables.items()
    }
    by_name = {source.name: source for source in sources}
    return Teachers(by_name, tokens, profiles, of_profiles)


def _beside_labels(
    true: NDArray[np.object_],
    recorded: RecordedSource,
    tables: dict[str, RationaleTable],
) -> Iterator[Source]:
    unanswered = recorded.test_rows
    nobody = recorded.table.select(np.zeros(len(recorded.table), dtype=bool))
    yield OwnLabelsSource("labels alone", None, nobody, true, unanswered)
    titles = {RECORDED: "labels, recorded answers"}
    for teacher, table in tables.items():
        title = titles.get(teacher, f"labels, {teacher}")
        yield OwnLabelsSource(title, teacher, table, true, unanswered)
