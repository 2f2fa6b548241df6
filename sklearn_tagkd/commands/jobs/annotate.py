"""``sklearn-tagkd annotate``: ask a language model, keep what it says."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from sklearn_tagkd.commands.jobs.folder_options import (
    add_common_options,
    add_folder_options,
    new_command,
    read_documents_of,
)
from sklearn_tagkd.commands.jobs.outputs import writing
from sklearn_tagkd.commands.jobs.report_facts import facts_of_report, right_lines
from sklearn_tagkd.commands.jobs.teacher_options import (
    add_teacher_options,
    labels_of,
    make_step,
)
from sklearn_tagkd.commands.outcome import OK, STOPPED, Outcome
from sklearn_tagkd.commands.terminal import Terminal

__all__ = ["add_to"]

_USUAL = {"-o": "answers.jsonl", "--profiles-output": "class_profiles.jsonl"}
_LIMITS = ("over_budget", "time_out", "rate_limited")  # why a node was given up


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command.

    Parameters
    ----------
    commands : argparse action
        Those that there are.
    """
    parser = new_command(
        commands,
        "annotate",
        "ask a language model about a few nodes, with its reasons",
        "Every answer is kept in a store as soon as it comes: a run that was killed\n"
        "goes on where it was, by the same command. The key is read from the "
        "environment.",
    )
    add_folder_options(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="answers in JSON lines; those in it about other nodes stay",
    )
    parser.add_argument(
        "--profiles-output",
        type=Path,
        metavar="FILE",
        help="class profiles that were asked for (default: class_profiles.jsonl beside "
        "the answers)",
    )
    add_teacher_options(parser)
    add_common_options(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, terminal: Terminal) -> Outcome:
    if options.profiles_output is None:
        options.profiles_output = options.output.with_name("class_profiles.jsonl")
    outputs = {"-o": options.output}
    if options.class_profiles == "ask":
        outputs["--profiles-output"] = options.profiles_output
    with writing(outputs, options, _USUAL):
        return _annotate(options, terminal)


def _annotate(options: argparse.Namespace, terminal: Terminal) -> Outcome:
    from sklearn_tagkd.rationales import write_answers, write_profiles
    from sklearn_tagkd.utils.cache_folder import cache_folder
    from sklearn_tagkd.utils.whole_files import replacing

    profiles_path = options.profiles_output
    before = _read_before(options.output)
    asks_profiles = options.class_profiles == "ask"
    profiles_before = _read_profiles_before(profiles_path) if asks_profiles else []
    tables = read_documents_of(options, terminal)
    graph = tables.graph(directed=options.directed)
    y = labels_of(tables, options.supervision)
    # What is paid for is kept somewhere, whatever the environment says.
    beside = options.output.with_name(f"{options.output.name}.sqlite")
    step = make_step(
        options, tables, terminal, store=beside if cache_folder() is None else None
    )
    known = step.fit_transform(graph, y).annotations
    answers = known["rationales"].to_records(graph.node_ids)
    answered = {answer.node for answer in answers}
    kept = [answer for answer in before if answer.node not in answered]
    has_answers = bool(answers or kept) or options.max_nodes != 0
    if has_answers:
        with replacing(options.output) as unfinished:
            write_answers(unfinished, [*kept, *answers])
    if asks_profiles:
        told = known["profiles"].to_records()
        untold = {str(label) for label in step.classes_} - {one.name for one in told}
        told += [profile for profile in profiles_before if profile.name in untold]
        with replacing(profiles_path) as unfinished:
            write_profiles(told, unfinished)
    facts = {
        "nodes": len(tables),
        "output": str(options.output) if has_answers else None,
        "profiles_output": str(profiles_path) if asks_profiles else None,
        "answers_kept_from_before": len(kept),
        **_facts_of(step),
    }
    return Outcome(facts, _lines(facts), STOPPED if facts["gave_up"] else OK)


def _read_before(path: Path) -> list[Any]:
    """Return the answers that stand in the output already: they may have been dear."""
    from sklearn_tagkd.rationales import read_answers

    if not path.is_file() or not path.stat().st_size:
        return []
    return read_answers(path)[0]


def _read_profiles_before(path: Path) -> list[Any]:
    """Return the profiles that stand in the output: of classes that are refused now."""
    from sklearn_tagkd.rationales import read_profiles

    if not path.is_file() or not path.stat().st_size:
        return []
    return read_profiles(path)


def _facts_of(step: Any) -> dict[str, Any]:
    usage = step.usage_
    abstained = {str(why): int(n) for why, n in usage.get("abstentions", {}).items()}
    return {
        "asked": step.n_asked_,
        "answered": step.n_answered_,
        "classes": [str(label) for label in step.classes_.tolist()],
        "abstained": abstained,
        "gave_up": sum(abstained.get(why, 0) for why in _LIMITS),
        **facts_of_report(
            {
                kind: count
                for kind, count in step.report_.items()
                if not kind.startswith("abstained")
            }
        ),
        "requests": step.n_requests_,
        "already_answered": int(usage.get("cache_hits", 0)),
        "tokens_in": int(usage.get("tokens_in", 0)),
        "tokens_out": int(usage.get("tokens_out", 0)),
        "cost": step.cost_,
        "seconds": round(float(usage.get("seconds", 0.0)), 3),
        "stop_reason": step.stop_reason_,
    }


def _lines(facts: dict[str, Any]) -> list[str]:
    cost = "unknown" if facts["cost"] is None else f"${facts['cost']:.4f}"
    lines = [
        f"answered     {facts['answered']:,} of {facts['asked']:,} nodes asked about",
        f"requests     {facts['requests']:,}, {facts['already_answered']:,} answered "
        "before",
        f"cost         {cost}",
    ]
    lines += right_lines(facts)
    if facts["abstained"]:
        told = ", ".join(f"{why} {n}" for why, n in sorted(facts["abstained"].items()))
        lines.append(f"unanswered   {told}")
    lines += [
        f"{name:<12} {facts[key]}"
        for name, key in (("answers", "output"), ("profiles", "profiles_output"))
        if facts[key] is not None
    ]
    if facts["gave_up"]:
        lines.append(
            f"A limit was reached with {facts['gave_up']} questions left; the same "
            "command with a higher one asks these alone."
        )
    return lines
