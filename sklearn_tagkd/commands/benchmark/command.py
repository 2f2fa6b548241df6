"""The command ``sklearn-tagkd benchmark``: options in, a folder with the report out."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path

from sklearn_tagkd.commands.benchmark.cells import CellStore
from sklearn_tagkd.commands.benchmark.fingerprint import describe_setup, digest_setup
from sklearn_tagkd.commands.benchmark.methods.ablations import list_ablations
from sklearn_tagkd.commands.benchmark.methods.lessons import LESSONS
from sklearn_tagkd.commands.benchmark.plan import Plan, make_plan
from sklearn_tagkd.commands.benchmark.problem import load_problem
from sklearn_tagkd.commands.benchmark.reporting.figures import report_as_json
from sklearn_tagkd.commands.benchmark.reporting.picture import (
    draw_ablations,
    draw_curves,
)
from sklearn_tagkd.commands.benchmark.reporting.price_picture import draw_costs
from sklearn_tagkd.commands.benchmark.reporting.report import report_as_markdown
from sklearn_tagkd.commands.benchmark.reporting.results import Results
from sklearn_tagkd.commands.benchmark.reporting.teaching import (
    TEACHING_PARTS,
    teaching_sources,
)
from sklearn_tagkd.commands.benchmark.runner import Training, run_cells
from sklearn_tagkd.utils.plain_text import printable

__all__ = ["run_command"]


def run_command(options: argparse.Namespace) -> None:
    """Run the benchmark, and write its report.

    Parameters
    ----------
    options : Namespace
        Of :func:`~sklearn_tagkd.commands.cli.main`.
    """
    problem = load_problem(options.graph, options.encoder)
    plan = make_plan(
        problem,
        parts=options.parts,
        rows=options.rows,
        answers=options.answers,
        n_subsets=options.subsets,
        reference=options.reference,
    )
    setup = describe_setup(problem, options.encoder)
    folder: Path = options.output / problem.name
    store = CellStore(folder / "cells.jsonl", digest_setup(setup))
    known = plan.cells and store.read().keys() & set(plan.cells)
    opening = f"{problem.name}: {len(plan.cells)} cells, {len(known)} of them known "
    print(printable(f"{opening}from {store.path}"))
    if store.n_of_other_setups:
        print(
            f"{store.n_of_other_setups} cells there are of other code, data or "
            "versions, and not used"
        )
    found = run_cells(
        problem,
        plan.rows,
        plan.cells,
        store,
        Training(options.encoder, options.device),
        n_jobs=options.jobs,
        progress=not options.no_progress,
    )
    n_most = {name: source.n_most for name, source in problem.sources.items()}
    results = Results(found, n_most)
    command = _command_line(options)
    report = report_as_markdown(setup, plan, results, command)
    (folder / "report.md").write_text(report, encoding="utf-8")
    figures = report_as_json(setup, plan, results, command)
    text = json.dumps(figures, indent=1, allow_nan=False)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    _draw(plan, results, folder)
    print(printable(f"report: {(folder / 'report.md').resolve()}"))


def _draw(plan: Plan, results: Results, folder: Path) -> None:
    if "main" in plan.parts:
        rows = results.rows("recorded")
        panels = {
            lesson: ("recorded", [r for r in rows if r.endswith(f":{lesson}")])
            for lesson in LESSONS
        }
        used = {title: panel for title, panel in panels.items() if panel[1]}
        if used:
            draw_curves(results, used, folder / "curves.png")
    if "ablations" in plan.parts:
        draw_ablations(results, list_ablations(), folder / "ablations.png")
    if "noise" in plan.parts:
        sources = plan.sources.get("noise", [])
        noisy = {name: (name, _headline_rows(results.rows(name))) for name in sources}
        if noisy:
            draw_curves(results, noisy, folder / "noise.png")
    for part in TEACHING_PARTS:
        if part in plan.parts and (of_part := teaching_sources(plan, part)):
            draw_costs(results, of_part, folder / f"{part}.png")


def _headline_rows(rows: list[str]) -> list[str]:
    """Return one row per method, of the fullest lesson that is not the truth."""
    best: dict[str, str] = {}
    for row in rows:
        method, _, lesson = row.partition(":")
        if lesson != "true":  # rows come in the order of lessons, fuller ones later
            best[method] = row
    return list(best.values())


def _command_line(options: argparse.Namespace) -> str:
    words = ["sklearn-tagkd", "benchmark", str(options.graph)]
    for name in ("parts", "rows", "answers"):
        if given := getattr(options, name):
            words += [f"--{name}", *map(str, given)]
    words += ["--subsets", str(options.subsets), "--reference", options.reference]
    return shlex.join([*words, "--encoder", options.encoder])
