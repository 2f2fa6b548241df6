"""Which cells the parts of the report are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sklearn_tagkd.commands.benchmark.cells import Cell
from sklearn_tagkd.commands.benchmark.methods.ablations import list_ablations
from sklearn_tagkd.commands.benchmark.methods.rows import (
    NOISE_METHODS,
    SLOW_METHODS,
    Row,
    choose_rows,
)
from sklearn_tagkd.commands.benchmark.problem import Problem

__all__ = ["ANSWERS", "PARTS", "Plan", "make_plan"]

PARTS = ("main", "ablations", "noise")
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
    """

    rows: dict[str, Row]
    cells: list[Cell]
    parts: tuple[str, ...]
    reference: str


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
    parts : sequence of str, default=('main', 'ablations', 'noise')
        Parts of the report.
    rows : iterable of str, default=None
        Rows of the parts ``main`` and ``noise``; None is all of the former and
        some of the latter.
    answers : sequence of int, default=None
        Numbers of answers; None is 35, 70, 140, 300 and 600, and 140 for ablations and
        for rows that take long. Those that a source does not have are left out.
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
        n_most = problem.sources[source].n_most
        for row in chosen:
            needed[row.name] = row
            is_dear = rows is None and row.method in SLOW_METHODS
            budgets = answers or (_DEAR_ANSWERS if is_dear else default)
            for budget in budgets:
                if budget <= n_most:
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
        for name, source in problem.sources.items():
            if name != "recorded":
                add(name, choose_rows(of_noise, source.lessons), ANSWERS)
    if not cells:
        most = problem.sources["recorded"].n_most
        raise ValueError(
            f"There are {most} recorded answers, and answers={answers} asks for more. "
            "Ask for fewer."
        )
    return Plan(needed, list(cells), tuple(parts), reference)
