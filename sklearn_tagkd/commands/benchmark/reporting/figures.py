"""The report's figures as plain values, for programs to read."""

from __future__ import annotations

from dataclasses import asdict
from itertools import product
from typing import Any

from sklearn_tagkd.commands.benchmark.methods.ablations import list_ablations
from sklearn_tagkd.commands.benchmark.metrics import METRICS
from sklearn_tagkd.commands.benchmark.plan import Plan
from sklearn_tagkd.commands.benchmark.reporting.results import COSTS, Results

__all__ = ["report_as_json"]


def report_as_json(
    setup: dict[str, Any], plan: Plan, results: Results, command: str
) -> dict[str, Any]:
    """Return the report's figures as plain values.

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
    dict
        ``rows`` with mean, deviation and number of subsets per metric and the
        difference of accuracy to the reference; ``ablations`` with what each part
        adds. Accuracies are shares, not points; None where there is no deviation or
        interval, of a single subset.
    """
    report = {
        "command": command,
        "setup": setup,
        "reference": plan.reference,
        "rows": _rows(plan, results),
        "ablations": _ablations(results) if "ablations" in plan.parts else [],
    }
    plain: dict[str, Any] = _without_nan(report)  # JSON knows no NaN
    return plain


def _rows(plan: Plan, results: Results) -> list[dict[str, Any]]:
    rows = []
    for source in dict.fromkeys(cell.source for cell in plan.cells):
        for row, answers in product(results.rows(source), results.budgets(source)):
            if not results.values(source, row, answers, "accuracy"):
                continue
            entry: dict[str, Any] = {"source": source, "row": row, "answers": answers}
            for metric in (*METRICS, *COSTS):
                found = results.summary(source, row, answers, metric)
                entry[metric] = found and asdict(found)
            against = results.difference(source, row, plan.reference, answers)
            entry["minus_reference"] = against and asdict(against)
            rows.append(entry)
    return rows


def _ablations(results: Results) -> list[dict[str, Any]]:
    entries = []
    for one, answers in product(list_ablations(), results.budgets("recorded")):
        adds = results.difference(
            "recorded", one.with_it.name, one.without_it.name, answers
        )
        if adds is not None:
            entries.append(
                {
                    "part": one.part,
                    "kind": one.kind,
                    "of": one.method,
                    "answers": answers,
                    "with": one.with_it.name,
                    "without": one.without_it.name,
                    "adds": asdict(adds),
                    "verdict": adds.verdict,
                }
            )
    return entries


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_without_nan(entry) for entry in value]
    return None if value != value else value
