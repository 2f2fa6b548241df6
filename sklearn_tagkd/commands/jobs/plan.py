"""``sklearn-tagkd plan``: what asking would take, without asking."""

from __future__ import annotations

import argparse
from typing import Any

from sklearn_tagkd.commands.jobs.folder_options import (
    add_common_options,
    add_folder_options,
    new_command,
    read_documents_of,
)
from sklearn_tagkd.commands.jobs.teacher_options import (
    add_teacher_options,
    labels_of,
    make_step,
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
        "plan",
        "count what annotate would ask and cost; nothing is sent",
    )
    add_folder_options(parser)
    add_teacher_options(parser)
    add_common_options(parser)
    parser.set_defaults(run=_run)


def _plan_facts(plan: Any) -> dict[str, Any]:
    """Return what a plan says, but for its prompt: that holds texts."""
    return {
        "model": plan.model,
        "questions": plan.n_questions,
        "already_answered": plan.n_known,
        "requests": plan.requests,
        "texts_sent": plan.n_texts,
        "tokens_in": plan.tokens_in,
        "tokens_out": plan.tokens_out,
        "most_tokens": plan.most_tokens,
        "cost": plan.cost,
        "batch_cost": plan.batch_cost,
        "most_cost": plan.most_cost,
    }


def _run(options: argparse.Namespace, terminal: Terminal) -> Outcome:
    tables = read_documents_of(options, terminal)
    graph = tables.graph(directed=options.directed)
    y = labels_of(tables, options.supervision)
    step = make_step(options, tables, terminal, store=None)
    questions = step.questions(graph, y)
    # Of classes that are asked about more is known than their questions say.
    asks_profiles = options.class_profiles == "ask"
    planned = step.plan(graph, y) if asks_profiles else step.llm.plan(questions)
    asked = _plan_facts(planned)
    classes = sorted({name for one in questions[-1:] for name in one.classes})
    facts = {
        "nodes": len(tables),
        "links": graph.report.n_links,
        "labelled": int((tables.labels != "").sum()),
        "classes": classes,
        **asked,
    }
    if planned.cost is None:
        money = "unknown: --price IN OUT, dollars per million tokens"
    else:
        money = (
            f"about ${planned.cost:.4f} (at most ${planned.most_cost:.4f}, retries "
            f"aside; in batch mode ${planned.batch_cost:.4f})"
        )
    lines = [
        f"nodes        {len(tables):,}, {facts['labelled']:,} with a label",
        f"links        {facts['links']:,}",
        f"classes      {len(classes)}: {', '.join(classes[:20])}",
        f"questions    {planned.n_questions:,}, {planned.n_known:,} answered before",
        f"texts sent   {planned.n_texts:,} of yours would leave the machine",
        f"tokens       about {planned.tokens_in:,} in, {planned.tokens_out:,} out",
        f"cost         {money}",
        "nothing was sent",
    ]
    return Outcome(facts, lines)
