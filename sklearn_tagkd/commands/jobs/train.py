"""``sklearn-tagkd train``: answers, labels and profiles to a saved model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.commands.jobs.folder_options import (
    add_common_options,
    add_folder_options,
    at_least,
    given_file,
    new_command,
    read_documents_of,
)
from sklearn_tagkd.commands.jobs.outputs import writing
from sklearn_tagkd.commands.jobs.report_facts import facts_of_report, right_lines
from sklearn_tagkd.commands.outcome import Outcome, UsageError
from sklearn_tagkd.commands.terminal import Terminal
from sklearn_tagkd.datasets.folder_tables import FolderTables
from sklearn_tagkd.datasets.splits import read_splits

if TYPE_CHECKING:
    from sklearn_tagkd.graph import TextGraph

__all__ = ["add_to"]

_BACKBONES = ("decoupled", "mlp", "gcn", "sage", "gat")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command.

    Parameters
    ----------
    commands : argparse action
        Those that there are.
    """
    parser = new_command(
        commands,
        "train",
        "train a model on answers, labels and class profiles, and save it",
        "Learns from whatever of the three there is; nobody is asked. The file\n"
        "executes nothing when it is read, and holds no text.",
    )
    add_folder_options(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="MODEL",
        help="the file, by convention *.safetensors",
    )
    parser.add_argument(
        "--card", action="store_true", help="write a model card beside it, as *.md"
    )
    group = parser.add_argument_group("what to learn from")
    for name, what in (("answers", "answers"), ("class-profiles", "class profiles")):
        usual = f"{name.replace('-', '_')}.jsonl"
        group.add_argument(
            f"--{name}",
            type=Path,
            metavar="FILE",
            help=f"{what} (default: {usual} in FOLDER, where that is)",
        )
    group.add_argument(
        "--supervision",
        choices=("both", "llm", "y"),
        default="both",
        help="llm learns from the model's answers alone, y from labels alone "
        "(default: %(default)s)",
    )
    group.add_argument(
        "--split",
        metavar="NAME",
        help="of splits.json: labels of its part 'train' are learnt, those of 'test' "
        "score",
    )
    group = parser.add_argument_group("how")
    group.add_argument(
        "--encoder",
        default="all-MiniLM-L6-v2",
        help="sentence-transformers name or folder, or 'hashing'; NAME:bfloat16 "
        "computes in half precision (default: %(default)s)",
    )
    group.add_argument(
        "--backbone",
        choices=_BACKBONES,
        default=_BACKBONES[0],
        help="the student's network; mlp looks at no links (default: %(default)s)",
    )
    group.add_argument(
        "--max-iter",
        type=at_least(1),
        default=200,
        metavar="STEPS",
        help="of training (default: %(default)s)",
    )
    group.add_argument(
        "--device", default="auto", help="cpu, cuda or auto (default: %(default)s)"
    )
    group.add_argument(
        "--seed",
        type=at_least(0),
        default=0,
        help="the same seed, the same model (default: %(default)s)",
    )
    add_common_options(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, terminal: Terminal) -> Outcome:
    outputs = {"-o": options.output}
    if options.card:
        outputs["--card"] = options.output.with_suffix(".md")
    with writing(outputs, options):
        return _train(options, terminal, outputs.get("--card"))


def _train(
    options: argparse.Namespace, terminal: Terminal, card: Path | None
) -> Outcome:
    from sklearn_tagkd import model_card, save
    from sklearn_tagkd.utils.whole_files import replacing

    tables = read_documents_of(options, terminal)
    answers = given_file(options, "answers")
    profiles = given_file(options, "class_profiles")
    learnt, scored = _labels(options, tables)
    if options.supervision == "y":
        answers = profiles = None
    if options.supervision == "llm":
        learnt, scored = np.full_like(tables.labels, ""), tables.labels
    if answers is None and profiles is None and not (learnt != "").any():
        raise UsageError(
            f"There is nothing to learn from in {options.folder}: no answers "
            "(--answers FILE, as annotate writes it), no class profiles "
            "(--class-profiles FILE) and no label that counts."
        )
    graph = tables.graph(directed=options.directed)
    model = _pipeline(options, terminal, answers, profiles)
    model.fit(graph, learnt if (learnt != "").any() else None)
    save(model, options.output)
    score = _score(model, graph, scored)
    if card is not None:
        known = {} if score is None else {"X": graph, "y": scored}
        with replacing(card) as unfinished:
            unfinished.write_text(model_card(model, **known), encoding="utf-8")
    first = model[0]
    facts = {
        "nodes": len(tables),
        "links": graph.report.n_links,
        "classes": [str(label) for label in model.classes_.tolist()],
        "answers": int(getattr(first, "n_answered_", 0)),
        **facts_of_report(getattr(first, "report_", {})),
        "labels": int((learnt != "").sum()),
        "class_profiles": profiles is not None,
        "accuracy": None if score is None else score.accuracy,
        "scored_nodes": 0 if score is None else score.n_nodes,
        "output": str(options.output),
        "bytes": options.output.stat().st_size,
        "card": None if card is None else str(card),
    }
    return Outcome(facts, _lines(facts))


def _labels(
    options: argparse.Namespace, tables: FolderTables
) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Return the labels to learn from, and those to score with; '' is none."""
    nothing = np.full_like(tables.labels, "")
    if options.split is None:
        return tables.labels, nothing
    path = options.folder / "splits.json"
    if not path.is_file():
        raise UsageError(f"--split: there is no splits.json in {options.folder}.")
    splits = read_splits(path, len(tables))
    if options.split not in splits:
        raise UsageError(f"--split: splits.json has {sorted(splits)}.")
    parts = splits[options.split]
    if "train" not in parts:
        raise UsageError(
            f"--split: {options.split!r} has no part 'train'; it has {sorted(parts)}."
        )
    learnt, scored = nothing, nothing.copy()
    learnt[parts["train"]] = tables.labels[parts["train"]]
    test = sorted(set(parts.get("test", [])) - set(parts["train"]))
    scored[test] = tables.labels[test]
    return learnt, scored


def _pipeline(
    options: argparse.Namespace,
    terminal: Terminal,
    answers: Path | None,
    profiles: Path | None,
) -> Any:
    from sklearn.pipeline import Pipeline

    from sklearn_tagkd.interpreter import InterpreterGNNClassifier
    from sklearn_tagkd.llm import RecordedAnswers
    from sklearn_tagkd.rationale_transformer import LLMRationaleTransformer
    from sklearn_tagkd.student import DistilledStudentClassifier

    shared = {
        "encoder": options.encoder,
        "max_iter": options.max_iter,
        "device": options.device,
        "random_state": options.seed,
        "progress": "auto" if terminal.shows_progress else False,
        "supervision": options.supervision,
    }
    student = DistilledStudentClassifier(options.backbone, **shared)
    if answers is None and profiles is None:
        return Pipeline([("student", student)])
    # A student that sees no links is taught by an interpreter that does.
    sees_links = "decoupled" if options.backbone == "mlp" else options.backbone
    interpreter = InterpreterGNNClassifier(sees_links, **shared)
    teacher = LLMRationaleTransformer(
        None if answers is None else RecordedAnswers(answers),
        max_nodes=0 if answers is None else None,
        class_profiles=profiles,
        encoder=options.encoder,
        random_state=options.seed,
    )
    return Pipeline(
        [("rationales", teacher), ("interpreter", interpreter), ("student", student)]
    )


def _score(model: Any, graph: TextGraph, labels: NDArray[np.str_]) -> Any:
    """Return the accuracy on nodes that nothing was learnt of, or None."""
    from sklearn_tagkd.saving.card import score_unanswered

    return score_unanswered(model, graph, labels)


def _lines(facts: dict[str, Any]) -> list[str]:
    learnt = f"{facts['answers']:,} answers, {facts['labels']:,} labels"
    if facts["class_profiles"]:
        learnt += ", class profiles"
    lines = [
        f"learnt from  {learnt}",
        *right_lines(facts),
        f"classes      {len(facts['classes'])}",
        f"model        {facts['output']} ({facts['bytes'] / 2**20:.2f} MiB)",
    ]
    if facts["accuracy"] is not None:
        lines.append(
            f"accuracy     {facts['accuracy']:.3f} on {facts['scored_nodes']:,} nodes "
            "that nothing was learnt of"
        )
    if facts["card"] is not None:
        lines.append(f"card         {facts['card']}")
    return lines
