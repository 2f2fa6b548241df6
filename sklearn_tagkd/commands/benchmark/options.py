"""``sklearn-tagkd benchmark``: its options."""

from __future__ import annotations

import argparse
from pathlib import Path

from sklearn_tagkd.commands.jobs.folder_options import at_least
from sklearn_tagkd.commands.showcase.command import add_fit_options
from sklearn_tagkd.commands.terminal import Terminal

__all__ = ["add_to"]

_PARTS = [  # as the plan has them, which --help need not wait for
    "main",
    "ablations",
    "noise",
    "profiles",
    "selection",
    "teacher",
    "cascade",
]


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command.

    Parameters
    ----------
    commands : argparse action
        Those that there are.
    """
    parser = commands.add_parser(
        "benchmark", help="measure all methods on nodes without an answer"
    )
    parser.set_defaults(run=_run)
    parser.add_argument(
        "graph",
        help="'docs', a folder as of evaluate, or the name of one in the folder that "
        "SKLEARN_TAGKD_DATA names",
    )
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=_PARTS,
        default=_PARTS,
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
        type=at_least(1),
        metavar="N",
        help="numbers of answers to learn from (default: 35 70 140 300 600; 140 "
        "for ablations and slow rows)",
    )
    parser.add_argument(
        "--subsets",
        type=at_least(1),
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
        type=at_least(1),
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
    add_fit_options(parser)


def _run(options: argparse.Namespace, terminal: Terminal) -> None:
    from sklearn_tagkd.commands.benchmark.command import run_command  # late: torch

    run_command(options)
