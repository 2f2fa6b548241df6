"""The report in words: what was done, what came out, what it does not say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn_tagkd.commands.benchmark.methods.ablations import Ablation, list_ablations
from sklearn_tagkd.commands.benchmark.methods.rows import METHODS
from sklearn_tagkd.commands.benchmark.plan import Plan
from sklearn_tagkd.commands.benchmark.reporting.protocol import describe_protocol
from sklearn_tagkd.commands.benchmark.reporting.results import Results
from sklearn_tagkd.commands.benchmark.reporting.tables import (
    ablation_table,
    accuracy_table,
    comparison_table,
    describe_row,
    difference_table,
    measures_table,
)
from sklearn_tagkd.commands.benchmark.reporting.teaching import (
    TEACHING_PARTS,
    describe_teaching,
    teaching_sources,
)

__all__ = ["report_as_markdown"]

# What a reader asks first; pairs of which a row was not run are left out.
_QUESTIONS = [
    (f"{describe_row(ours)} minus {describe_row(theirs)}", ours, theirs)
    for ours, theirs in (
        ("student:rationale", "gcn:hard"),
        ("student:rationale", "gcn:true"),
        ("student:rationale", "softmax:soft"),
        ("student:rationale", "softmax-words:soft"),
        ("student:rationale", "interpreter:rationale"),
        ("student-mlp:rationale", "student:rationale"),
        ("student-mlp:rationale", "mlp:soft"),
    )
]
_STEPS = {
    "Full rationale minus soft labels: what reasons add": ("rationale", "soft"),
    "Soft minus hard labels": ("soft", "hard"),
    "True minus hard labels: what the model's mistakes cost": ("true", "hard"),
}


def report_as_markdown(
    setup: dict[str, Any], plan: Plan, results: Results, command: str
) -> str:
    """Write the report.

    Parameters
    ----------
    setup : dict of str to object
        See :func:`~sklearn_tagkd.commands.benchmark.fingerprint.describe_setup`.
    plan : Plan
        What was computed.
    results : Results
        What came out.
    command : str
        How to run it again.

    Returns
    -------
    str
        Markdown.
    """
    n_subsets = 1 + max(cell.subset for cell in plan.cells)
    sections = [describe_protocol(setup, n_subsets, command)]
    if "main" in plan.parts:
        sections.append(_main(plan, results))
    if "ablations" in plan.parts:
        sections.append(_ablations(results))
    if "noise" in plan.parts:
        sections.append(_noise(plan, results))
    sections += [
        describe_teaching(part, teaching_sources(plan, part), results)
        for part in TEACHING_PARTS
        if part in plan.parts and teaching_sources(plan, part)
    ]
    return "\n\n".join(sections) + "\n"


def _main(plan: Plan, results: Results) -> str:
    rows = [row for row in results.rows("recorded") if "[" not in row]
    parts = [
        "## All rows by number of answers",
        "![learning curves](curves.png)",
        accuracy_table(results, "recorded", rows),
    ]
    if any(
        not results.values("recorded", row, answers, "accuracy")
        for row in rows
        for answers in results.budgets("recorded")
    ):
        parts.append("Rows that take long are there at fewer numbers of answers.")
    if table := comparison_table(results, "recorded", _QUESTIONS):
        parts += ["## Student, teacher and the rest", table]
    parts += _steps(results, "recorded", rows, level="##")
    parts += [
        f"## Against {describe_row(plan.reference)}",
        difference_table(results, "recorded", rows, plan.reference),
    ]
    for answers in results.budgets("recorded"):
        parts += [
            f"## All measures with {answers} answers",
            measures_table(results, "recorded", rows, answers),
        ]
    return "\n\n".join(parts)


def _ablations(results: Results) -> str:
    return "\n\n".join(
        [
            "## Ablations",
            "![ablations](ablations.png)",
            "Accuracy with a part minus accuracy without it: above 0 it helps. Left "
            "out of the whole method:",
            ablation_table(results, "recorded", _of_kind("left out")),
            "Put in alone. Output alignment goes into a student of hard labels, "
            "teacher signals on all nodes on top of it; the other parts into both of "
            "them with an interpreter of hard labels, since nothing else of an "
            "interpreter reaches its student. Semantic alignment is put in beside "
            "keywords, structural alignment beside key messages: without them there "
            "is nothing to align.",
            ablation_table(results, "recorded", _of_kind("put in")),
        ]
    )


def _of_kind(kind: str) -> list[Ablation]:
    return [one for one in list_ablations() if one.kind == kind]


def _noise(plan: Plan, results: Results) -> str:
    sources = plan.sources.get("noise", [])
    parts = [
        "## Noisy answers",
        "![noise](noise.png)",
        "*20% wrong*: every fifth answer of a subset is replaced by one that is 97% "
        "sure of another class than the model's, drawn at random (so with a small "
        "chance the true one); its reasons stay. *GPT-3.5*: published labels of "
        "GPT-3.5 without probabilities and reasons, for nodes of our own choice, "
        "random ones or those that a selection strategy picks; tested on all other "
        "labelled nodes, so that the test nodes differ a little from subset to "
        "subset.",
    ]
    for source in sources:
        rows = results.rows(source)
        parts += [
            f"### {source}",
            accuracy_table(results, source, rows),
            f"Against {describe_row(plan.reference)}:",
            difference_table(results, source, rows, plan.reference),
        ]
        parts += _steps(results, source, rows, level="####")
    return "\n\n".join(parts)


def _steps(results: Results, source: str, rows: Sequence[str], level: str) -> list[str]:
    """Return what each kind of lesson adds to each method."""
    methods = dict.fromkeys(row.partition(":")[0] for row in rows)
    parts = []
    for title, (more, less) in _STEPS.items():
        pairs = [(METHODS[m], f"{m}:{more}", f"{m}:{less}") for m in methods]
        if table := comparison_table(results, source, pairs):
            parts += [f"{level} {title}", table]
    return parts
