"""Which cells the parts of the report are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sklearn_tagkd.commands.benchmark.cells import Cell
from sklearn_tagkd.commands.benchmark.methods.ablations import list_ablations
from sklearn_tagkd.commands.benchmark.methods.rows import (
    NOISE_METHODS,
    SLOW_METHODS,
    TEACHER_METHODS,
    Row,
    choose_rows,
)
from sklearn_tagkd.commands.benchmark.problem import Problem
from sklearn_tagkd.commands.benchmark.sources import RECORDED, Source

__all__ = ["ANSWERS", "PARTS", "Plan", "make_plan"]

# Those that are about what is asked, with the sources they are held against.
_BASES = {
    "profiles": (RECORDED,),
    "selection": (RECORDED,),
    "teacher": (),
    "cascade": (RECORDED, "auto"),
}
PARTS = ("main", "ablations", "noise", *_BASES)
ANSWERS = (35, 70, 140, 300, 600)
_DEAR_ANSWERS = (140,)  # of slow rows and ablations, unless asked for


@dataclass(frozen=True)
class Plan:
    """What is to be computed.

    Parameters
    ----------
    rows : dict of str to Row
        Rows by name.
    cells : list of Cell
        All of them, in the order of the report.
    parts : tuple of str
        Of ``PARTS``.
    reference : str
        Name of the row that others are held against.
    sources : dict of str to list of str
        By part the names of the sources in it.
    """

    rows: dict[str, Row]
    cells: list[Cell]
    parts: tuple[str, ...]
    reference: str
    sources: dict[str, list[str]] = field(default_factory=dict)


def make_plan(
    problem: Problem,
    *,
    parts: Sequence[str] = PARTS,
    rows: Iterable[str] | None = None,
    answers: Sequence[int] | None = None,
    n_subsets: int = 10,
    reference: str = "gcn:hard",
) -> Plan:
    """Find out what the report needs.

    Parameters
    ----------
    problem : Problem
        What is measured on.
    parts : sequence of str, default=PARTS
        Parts of the report; what a graph has no data for is left out.
    rows : iterable of str, default=None
        Rows of all parts but ``ablations``; None is all of ``main``, some of
        ``noise``, and interpreter and student of the others.
    answers : sequence of int, default=None
        Numbers of answers; None is 35, 70, 140, 300 and 600, and 140 for ablations and
        for rows that take long. Those that a source does not have are left out;
        where something else is learnt too, none at all is one of them.
    n_subsets : int, default=10
        Random subsets of each size.
    reference : str, default='gcn:hard'
        Row that all others are held against; it is computed too.

    Returns
    -------
    Plan
        Rows and cells.

    Raises
    ------
    ValueError
        If a name is unknown, or there are fewer answers than asked for everywhere.
    """
    wanted = None if rows is None else {*rows, reference}
    choose_rows([reference])  # refuses what is no row
    needed: dict[str, Row] = {}
    cells: dict[Cell, None] = {}

    def add(source: str, chosen: Iterable[Row], default: Sequence[int]) -> None:
        of = problem.sources[source]
        for row in chosen:
            needed[row.name] = row
            is_dear = rows is None and row.method in SLOW_METHODS
            budgets = answers or (_DEAR_ANSWERS if is_dear else default)
            for budget in (0, *budgets) if of.has_more else budgets:
                if budget <= of.n_most:
                    cells.update(
                        dict.fromkeys(
                            Cell(source, row.name, budget, subset)
                            for subset in range(n_subsets)
                        )
                    )

    if "main" in parts:
        add("recorded", choose_rows(wanted), ANSWERS)
    if "ablations" in parts:
        pairs = [(one.with_it, one.without_it) for one in list_ablations()]
        add("recorded", [row for pair in pairs for row in pair], _DEAR_ANSWERS)
    if "noise" in parts:
        of_noise = NOISE_METHODS if wanted is None else wanted
        for source in problem.sources.values():
            if source.part == "noise":
                add(source.name, choose_rows(of_noise, source.lessons), ANSWERS)
    for part in set(parts) & set(_BASES):
        of_part = [s for s in problem.sources.values() if s.part == part]
        for source in of_part:
            add(source.name, _teachable(source, wanted), ANSWERS)
        for base in _BASES[part] if of_part else ():
            add(base, _teachable(of_part[0], wanted), ANSWERS)
    # What needs no answer at all is not what somebody asks for who names numbers.
    if not any(cell.answers for cell in cells):
        most = problem.sources[RECORDED].n_most
        raise ValueError(
            f"Nothing is left to compute: there are {most} recorded answers, and the "
            f"parts {', '.join(parts)} with answers={answers} need more, or "
            "class_profiles.jsonl or labels_gpt35.jsonl beside them, or other rows. "
            "Ask for fewer answers or other parts."
        )
    computed = {cell.source for cell in cells}
    by_part: dict[str, list[str]] = {}
    for name, source in problem.sources.items():
        if name in computed:
            by_part.setdefault(source.part, []).append(name)
    return Plan(needed, list(cells), tuple(parts), reference, by_part)


def _teachable(source: Source, wanted: set[str] | None) -> list[Row]:
    """Return the rows that can be taught by class profiles and a user's labels."""
    if wanted is None:
        fullest = source.lessons[-1]
        return choose_rows([f"{method}:{fullest}" for method in TEACHER_METHODS])
    return [row for row in choose_rows(wanted, source.lessons) if row.is_distilled]
