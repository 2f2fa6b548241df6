"""The command ``sklearn-tagkd``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from sklearn_tagkd.exceptions import TagkdError
from sklearn_tagkd.utils.extras import asking_for
from sklearn_tagkd.utils.plain_text import printable

__all__ = ["main"]

_BENCHMARK_PARTS = [  # as the plan has them, which --help need not wait for
    "main",
    "ablations",
    "noise",
    "profiles",
    "selection",
    "teacher",
    "cascade",
]


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : list of str, default=None
        Arguments; None takes those of the process.

    Returns
    -------
    int
        Exit status.
    """
    options = _parser().parse_args(arguments)
    try:
        with asking_for("train", "This command"):
            options.run(options)
    except (TagkdError, OSError, ImportError, ValueError) as error:
        print(printable(f"sklearn-tagkd: {error}"), file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sklearn-tagkd",
        description="Let an LLM explain a few nodes of a text graph; predict all "
        "without it.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
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
            help="folder for the picture (default: %(default)s)",
        )
        command.add_argument(
            "--seeds",
            type=_at_least_one,
            default=5,
            help="fits per method (default: 5)",
        )
    benchmark = commands.add_parser(
        "benchmark", help="measure all methods on nodes without an answer"
    )
    _add_benchmark_options(benchmark)
    for command in (demo, evaluate, benchmark):
        command.add_argument(
            "--encoder",
            default="all-MiniLM-L6-v2",
            help="sentence-transformers name or folder, or 'hashing' "
            "(default: %(default)s)",
        )
        command.add_argument("--device", default="auto", help="default: %(default)s")
        command.add_argument(
            "--no-progress", action="store_true", help="show no progress bar"
        )
    return parser


def _add_benchmark_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_benchmark)
    parser.add_argument(
        "graph",
        help="'docs', a folder as of evaluate, or the name of one in the folder that "
        "SKLEARN_TAGKD_DATA names",
    )
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=_BENCHMARK_PARTS,
        default=_BENCHMARK_PARTS,
        help="parts of the report: all rows, ablations, noisy answers; class profiles, "
        "selections, a teacher beside a user's labels, a cascade (default: all)",
    )
    parser.add_argument(
        "--rows",
        nargs="+",
        metavar="ROW",
        help="methods such as gcn, or method:lesson such as student:rationale; lessons "
        "are hard, soft, rationale and true (default: all)",
    )
    parser.add_argument(
        "--answers",
        nargs="+",
        type=_at_least_one,
        metavar="N",
        help="numbers of answers to learn from (default: 35 70 140 300 600; 140 "
        "for ablations and slow rows)",
    )
    parser.add_argument(
        "--subsets",
        type=_at_least_one,
        default=10,
        help="random subsets of each size (default: %(default)s)",
    )
    parser.add_argument(
        "--reference",
        default="gcn:hard",
        metavar="ROW",
        help="row that all others are held against (default: %(default)s)",
    )
    parser.add_argument(
        "--jobs",
        type=_at_least_one,
        default=1,
        help="processes, one thread each (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("benchmark-output"),
        help="folder for the report and for finished cells, which are not computed "
        "again (default: %(default)s)",
    )


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _demo(options: argparse.Namespace) -> None:
    from sklearn_tagkd import datasets

    _show("docs", datasets.load_docs(), options)


def _evaluate(options: argparse.Namespace) -> None:
    from sklearn_tagkd.datasets.answered import read_answered_graph

    bunch = read_answered_graph(options.folder)
    _show(options.folder.resolve().name, bunch, options)


def _benchmark(options: argparse.Namespace) -> None:
    from sklearn_tagkd.commands.benchmark.command import (
        run_command,  # late, as in _show
    )

    run_command(options)


def _show(name: str, bunch: Any, options: argparse.Namespace) -> None:
    # Late: `sklearn-tagkd --help` need not wait for torch.
    from sklearn_tagkd.commands.showcase.comparison import compare_methods
    from sklearn_tagkd.commands.showcase.forecast import forecast
    from sklearn_tagkd.commands.showcase.picture import draw_comparison
    from sklearn_tagkd.commands.showcase.text import format_examples, format_table

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
    _say(f"\nWhat the LLM said:\n\n{format_examples(comparison, bunch.target)}")
    path = options.output / f"{name}.png"
    draw_comparison(comparison, bunch.target, name, path)
    _say(f"\npicture: {path.resolve()}")


def _say(text: str) -> None:
    """Print, at once: whoever reads a pipe is told before the work begins."""
    print(printable(text), flush=True)
