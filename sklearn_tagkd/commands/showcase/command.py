"""``sklearn-tagkd demo`` and ``evaluate``: the main job on a graph with answers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from sklearn_tagkd.commands.jobs.folder_options import at_least
from sklearn_tagkd.commands.terminal import Terminal
from sklearn_tagkd.utils.plain_text import printable

__all__ = ["add_fit_options", "add_to"]

_NEXT = """Open the report in a browser: what was asked, how right it is, what next.
Then your own documents: a folder with nodes.csv (columns node,text) and edges.csv
(source,target). This says what asking about them would cost, and sends nothing:

  sklearn-tagkd report FOLDER -o before.html"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands.

    Parameters
    ----------
    commands : argparse action
        Those that there are.
    """
    demo = commands.add_parser(
        "demo", help="run the main job on the graph of SciPy's and scikit-learn's docs"
    )
    demo.set_defaults(run=_demo)
    evaluate = commands.add_parser("evaluate", help="run the same job on a folder")
    evaluate.add_argument(
        "folder",
        type=Path,
        help="holds nodes.parquet, edges.parquet and answers.jsonl",
    )
    evaluate.set_defaults(run=_evaluate)
    for command in (demo, evaluate):
        command.add_argument(
            "--output",
            type=Path,
            default=Path("demo-output"),
            help="folder for the picture and the report (default: %(default)s)",
        )
        command.add_argument(
            "--seeds",
            type=at_least(1),
            default=5,
            help="fits per method (default: 5)",
        )
        add_fit_options(command)


def add_fit_options(parser: argparse.ArgumentParser) -> None:
    """Add what decides how models are fitted.

    Parameters
    ----------
    parser : ArgumentParser
        Of the command.
    """
    parser.add_argument(
        "--encoder",
        default="all-MiniLM-L6-v2",
        help="sentence-transformers name or folder, or 'hashing' "
        "(default: %(default)s)",
    )
    parser.add_argument("--device", default="auto", help="default: %(default)s")
    parser.add_argument(
        "--no-progress", action="store_true", help="show no progress bar"
    )


def _demo(options: argparse.Namespace, terminal: Terminal) -> None:
    from sklearn_tagkd import datasets

    _show("docs", datasets.load_docs(), options)


def _evaluate(options: argparse.Namespace, terminal: Terminal) -> None:
    from sklearn_tagkd.datasets.answered import read_answered_graph

    bunch = read_answered_graph(options.folder)
    _show(options.folder.resolve().name, bunch, options)


def _show(name: str, bunch: Any, options: argparse.Namespace) -> None:
    # Late: `sklearn-tagkd --help` need not wait for torch.
    from sklearn_tagkd.commands.showcase.comparison import compare_methods
    from sklearn_tagkd.commands.showcase.forecast import forecast
    from sklearn_tagkd.commands.showcase.picture import draw_comparison
    from sklearn_tagkd.commands.showcase.text import (
        format_examples,
        format_rows,
        format_table,
    )
    from sklearn_tagkd.reporting.model_report import report

    _say(f"{name}: {bunch.graph}, {len(bunch.target_names)} classes")
    profiles = bunch.get("class_profiles")
    n_models = options.seeds * (4 if profiles is None else 6)
    _say(forecast(bunch.graph, options.encoder, n_models))
    comparison = compare_methods(
        bunch.graph,
        bunch.target,
        bunch.answers,
        profiles,
        n_seeds=options.seeds,
        encoder=options.encoder,
        device=options.device,
        progress=not options.no_progress,
    )
    _say(
        f"\n{comparison.n_answers} nodes explained by the LLM; accuracy on the "
        f"{len(comparison.test_rows)} others, mean ± standard deviation over "
        f"{options.seeds} seeds. A live model would have been sent so many requests, "
        "and so many of your texts in them:\n"
    )
    _say(format_table(comparison))
    _say(f"\n{format_rows(comparison)}")
    _say(f"\nWhat the LLM said:\n\n{format_examples(comparison, bunch.target)}")
    path = options.output / f"{name}.png"
    draw_comparison(comparison, bunch.target, name, path)
    _say(f"\npicture: {path.resolve()}")
    page = options.output / f"{name}-report.html"
    target = bunch.target if (bunch.target != "").any() else None
    report(comparison.model, comparison.annotated, target, page)
    _say(f"report:  {page.resolve()}")
    _say(f"\n{_NEXT}")


def _say(text: str) -> None:
    """Print, at once: whoever reads a pipe is told before the work begins."""
    print(printable(text), flush=True)
