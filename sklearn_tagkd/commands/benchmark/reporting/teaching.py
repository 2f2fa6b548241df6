"""What a student is taught by: class profiles, chosen nodes, labels, two models."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn_tagkd.commands.benchmark.charges import CHEAP_MODEL, STRONG_MODEL
from sklearn_tagkd.commands.benchmark.plan import Plan
from sklearn_tagkd.commands.benchmark.reporting.results import Results
from sklearn_tagkd.commands.benchmark.reporting.tables import (
    describe_row,
    in_points,
    markdown_table,
    mean_and_spread,
)
from sklearn_tagkd.commands.benchmark.sources import RECORDED

__all__ = ["TEACHING_PARTS", "describe_teaching", "teaching_sources"]

# Heading, what it says, what is held against what: a source at the same number of
# answers, or (with a number) at that number.
TEACHING_PARTS: dict[str, tuple[str, str, tuple[str, int | None], tuple[str, ...]]] = {
    "profiles": (
        "Class profiles",
        "Invented documents and keywords of each class, for which the model sees no "
        "text of the graph, beside random recorded answers and without any: 0 answers "
        "is *class names alone*, one request per class. Against the same answers "
        "without them:",
        (RECORDED, None),
        (RECORDED,),
    ),
    "selection": (
        "Whom to ask",
        "Nodes chosen by each strategy among those that an answer is recorded of; "
        "*recorded* is random ones. Against those:",
        (RECORDED, None),
        (RECORDED,),
    ),
    "teacher": (
        "Own labels, and a teacher beside them",
        "True labels of 70 random nodes (of a third of the nodes to be scored on, "
        "where they are few), and answers about others, random ones: recorded, a "
        "published model's labels without reasons, and guesses, a random class each. "
        "Scored on nodes that are neither, so that these differ a little from column "
        "to column. Against the labels alone:",
        ("labels alone", 0),
        (),
    ),
    "cascade": (
        "A cheap model and a strong one",
        "So many recorded answers, chosen by `auto`, and GPT-3.5's label of every "
        "node, of which those count that a quick model of the strong answers confirms; "
        "the nodes that are scored on have such a label too. Against as many answers "
        "of the strong model alone, chosen by `auto`:",
        ("auto", None),
        (RECORDED, "auto"),
    ),
}


def teaching_sources(plan: Plan, part: str) -> list[str]:
    """Return the sources that a part of the report shows.

    Parameters
    ----------
    plan : Plan
        What was computed.
    part : str
        Key of ``TEACHING_PARTS``.

    Returns
    -------
    list of str
        What they are held against first; empty where nothing of the part was computed.
    """
    own = plan.sources.get(part, [])
    shown_too = TEACHING_PARTS[part][3]
    return [*(name for name in shown_too if name not in own), *own] if own else []


def describe_teaching(part: str, sources: Sequence[str], results: Results) -> str:
    """Write a part of the report that is about what is asked.

    Parameters
    ----------
    part : str
        Key of ``TEACHING_PARTS``.
    sources : sequence of str
        What it shows.
    results : Results
        What came out.

    Returns
    -------
    str
        Markdown.
    """
    title, text, base, _ = TEACHING_PARTS[part]
    rows = list(dict.fromkeys(r for name in sources[-1:] for r in results.rows(name)))
    parts = [f"## {title}", f"![accuracy by cost]({part}.png)", text]
    for row in rows:
        parts += [
            f"### {describe_row(row)}",
            _accuracies(results, sources, row),
            _differences(results, sources, row, base),
        ]
    if rows:
        parts += [
            "### Requests and dollars",
            f"{describe_row(rows[-1])}. Tokens are estimated, requests are sent one by "
            f"one, and dollars are list prices of {STRONG_MODEL} for recorded answers "
            f"and class profiles and of {CHEAP_MODEL} for all other answers: not what "
            "was paid, but what the same would cost.",
            _costs(results, sources, rows[-1]),
        ]
    return "\n\n".join(part for part in parts if part)


def _budgets(results: Results, sources: Sequence[str]) -> list[int]:
    return sorted({n for name in sources for n in results.budgets(name)})


def _accuracies(results: Results, sources: Sequence[str], row: str) -> str:
    budgets = _budgets(results, sources)
    lines = []
    for name in sources:
        found = [results.summary(name, row, n, "accuracy") for n in budgets]
        if any(found):
            lines.append([name, *map(mean_and_spread, found)])
    return markdown_table(["", *map(str, budgets)], lines)


def _differences(
    results: Results, sources: Sequence[str], row: str, base: tuple[str, int | None]
) -> str:
    held_against, fixed = base
    budgets = _budgets(results, sources)
    lines = []
    for name in sources:
        if name == held_against:
            continue
        found = [
            results.between(
                (name, row, n), (held_against, row, n if fixed is None else fixed)
            )
            for n in budgets
        ]
        if any(found):
            lines.append([name, *map(in_points, found)])
    return markdown_table(["points", *map(str, budgets)], lines) if lines else ""


def _costs(results: Results, sources: Sequence[str], row: str) -> str:
    lines = []
    for name in sources:
        for n in results.budgets(name):
            accuracy = results.summary(name, row, n, "accuracy")
            costs = [
                results.summary(name, row, n, cost)
                for cost in ("requests", "tokens", "dollars")
            ]
            if accuracy is not None and all(costs):
                requests, tokens, dollars = (cost.mean for cost in costs if cost)
                lines.append(
                    [
                        name,
                        str(n),
                        f"{requests:,.0f}",
                        f"{tokens:,.0f}",
                        f"{dollars:.3f}",
                        f"{accuracy.mean:.3f}",
                    ]
                )
    heads = ["", "answers", "requests", "tokens, about", "dollars, about", "accuracy"]
    return markdown_table(heads, lines)
