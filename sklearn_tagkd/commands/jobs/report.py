"""``sklearn-tagkd report``: a folder, or a model on it, as one page."""

from __future__ import annotations

import argparse
from pathlib import Path

from sklearn_tagkd.commands.jobs.folder_options import (
    add_common_options,
    add_folder_options,
    new_command,
)
from sklearn_tagkd.commands.jobs.looking import (
    add_output_option,
    check_page,
    load_trained,
    read_answered,
)
from sklearn_tagkd.commands.outcome import Outcome
from sklearn_tagkd.commands.terminal import Terminal

__all__ = ["add_to"]


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command.

    Parameters
    ----------
    commands : argparse action
        Those that there are.
    """
    parser = new_command(
        commands,
        "report",
        "write what a folder holds, or how a model does on it, as one page",
        "Without --trained: texts, links, what a question looks like, what asking\n"
        "would cost. With it: answers, calibration, contradicted labels, whom to ask\n"
        "next. Nobody is asked, nothing is sent.",
    )
    add_folder_options(parser)
    add_output_option(parser)
    parser.add_argument(
        "--trained",
        dest="model_file",
        type=Path,
        metavar="MODEL",
        help="a model of train, to report on",
    )
    parser.add_argument(
        "--answers",
        type=Path,
        metavar="FILE",
        help="what the model learnt from (default: answers.jsonl in FOLDER, where "
        "that is)",
    )
    parser.add_argument(
        "--fresh-answers",
        type=Path,
        metavar="FILE",
        help="answers that it has not learnt from, to find drift by",
    )
    parser.add_argument("--device", default="auto")
    add_common_options(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, terminal: Terminal) -> Outcome:
    from sklearn_tagkd import GraphReport, report

    check_page(options)
    if options.model_file is None:
        graph, labels = read_answered(options, terminal, None)
        y = labels if (labels != "").any() else None
        GraphReport(graph, y).save(options.output)
    else:
        model = load_trained(options, terminal)
        graph, labels = read_answered(options, terminal, model.classes_)
        y = labels if (labels != "").any() else None
        report(model, graph, y, options.output, answers=options.fresh_answers)
    facts = {
        "nodes": len(graph),
        "links": graph.n_links,
        "labelled": int((labels != "").sum()),
        "answers": len(graph.annotations.get("rationales", ())),
        "trained": options.model_file is not None,
        "output": str(options.output),
        "bytes": options.output.stat().st_size,
    }
    return Outcome(facts, [f"report       {options.output}"])
