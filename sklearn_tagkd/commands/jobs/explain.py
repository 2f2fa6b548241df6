"""``sklearn-tagkd explain``: why a saved model labels some documents as it does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from sklearn_tagkd.commands.outcome import Outcome, UsageError
from sklearn_tagkd.commands.terminal import Terminal

if TYPE_CHECKING:  # `--help` works where numpy alone is
    from sklearn_tagkd.graph import TextGraph

__all__ = ["add_to"]

_MOST = 25


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command.

    Parameters
    ----------
    commands : argparse action
        Those that there are.
    """
    parser = new_command(
        commands,
        "explain",
        "say which words, links and answers carry the labels of some documents",
        "Nobody is asked. What is found is written to a page: it holds phrases of the\n"
        "documents, which are not printed.",
    )
    parser.add_argument("model_file", type=Path, metavar="MODEL", help="of train")
    add_folder_options(parser)
    parser.add_argument(
        "--node",
        dest="wanted",
        action="append",
        required=True,
        metavar="ID",
        help=f"a document to explain; may be given {_MOST} times",
    )
    parser.add_argument(
        "--answers",
        type=Path,
        metavar="FILE",
        help="what the model learnt from (default: answers.jsonl in FOLDER, where "
        "that is)",
    )
    add_output_option(parser)
    parser.add_argument("--device", default="auto")
    add_common_options(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, terminal: Terminal) -> Outcome:
    from sklearn_tagkd.reporting.explanation_report import ExplanationReport

    check_page(options)
    if len(options.wanted) > _MOST:
        raise UsageError(f"--node: {len(options.wanted)} documents, at most {_MOST}.")
    model = load_trained(options, terminal)
    graph, _ = read_answered(options, terminal, model.classes_)
    ids = [_id_of(graph, text) for text in options.wanted]
    ExplanationReport(model, graph, ids).save(options.output)
    labels = model.predict(graph[graph.positions(ids)]).tolist()
    pairs = list(zip(options.wanted, map(str, labels), strict=True))
    facts = {
        "labels": dict(pairs),
        "answers": len(graph.annotations.get("rationales", ())),
        "output": str(options.output),
        "bytes": options.output.stat().st_size,
    }
    lines = [f"{node}  {label}" for node, label in pairs]
    return Outcome(facts, [*lines, f"explained    {options.output}"])


def _id_of(graph: TextGraph, text: str) -> Any:
    """Return the id that is written so: tables may hold it as a number."""
    candidates: list[Any] = [text]
    if text.lstrip("-").isdecimal():
        candidates.append(int(text))
    for candidate in candidates:
        if graph.positions([candidate])[0] >= 0:
            return candidate
    raise UsageError("--node: there is no document of that id in the table of nodes.")
