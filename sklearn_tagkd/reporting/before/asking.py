"""What a question looks like, and what asking would cost; nothing is sent."""

from __future__ import annotations

from typing import Any, NoReturn

from sklearn_tagkd.asking.preparation import prepare_inquiry
from sklearn_tagkd.estimators.labels import labelled_rows
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import CallableClient, Plan
from sklearn_tagkd.llm.budget.prices import PRICES_AS_OF, Price, find_price
from sklearn_tagkd.reporting.document import Block, Facts, Note, Quote, Section, Table

__all__ = ["describe_asking"]

_N_SAMPLED = 20  # questions that stand for others
_SIZES = (50, 100, 200, 500)  # nodes to ask about
_QUESTION = "A question, as it would be sent"
_MODELS = ("gpt-4o-mini", "gpt-4.1-mini", "gpt-5-mini", "gpt-4o")


def describe_asking(graph: TextGraph, y: Any, step: Any) -> Section:
    """Tell what would be asked, and for how much.

    Parameters
    ----------
    graph : TextGraph
        Nodes that may be asked about.
    y : array-like of shape (n_nodes,) or None
        Labels; they name the classes.
    step : LLMRationaleTransformer or None
        Who would ask. None takes the prompts of this package, and prices of some models
        for several numbers of nodes.

    Returns
    -------
    Section
        Named ``asking``.
    """
    title = "What asking would take"
    try:
        of_step = step is not None
        blocks = _of_step(step, graph, y) if of_step else _of_anybody(graph, y)
    except ValueError as error:
        # Also of a client that asks nobody: there is nothing to plan then.
        blocks = [Note(f"There is no plan: {error}")]
    return Section("asking", title, [*blocks, Note("Nothing was sent.")])


def _of_step(step: Any, graph: TextGraph, y: Any) -> list[Block]:
    plan: Plan = step.plan(graph, y)
    facts = {
        "model": plan.model,
        "nodes and classes to ask about": plan.n_questions,
        "requests answered before": plan.n_known,
        "requests to send": plan.requests,
        "your texts that would leave the machine": plan.n_texts,
        "tokens in, about": plan.tokens_in,
        "tokens out, about": plan.tokens_out,
        "tokens, at most": plan.most_tokens,
        "US dollars, about": plan.cost,
        "US dollars, at most": plan.most_cost,
        "US dollars in Batch mode, about": plan.batch_cost,
    }
    notes = [Note(note) for note in plan.notes]
    if plan.cost is None:
        notes.append(Note("What a token costs is not known: give the client price=."))
    return [
        Facts(facts),
        *notes,
        Quote(_QUESTION, plan.sample_prompt),
    ]


def _of_anybody(graph: TextGraph, y: Any) -> list[Block]:
    classes, notes = _classes(graph, y)
    inquiry = prepare_inquiry(
        graph,
        None,
        llm=CallableClient(_nobody, progress=False),
        classes=classes,
        max_nodes=min(_N_SAMPLED, len(graph)),
        max_neighbors=5,
        selection="random",
        max_per_class=None,
        n_examples=0,
        encoder="hashing",
        random_state=0,
        class_profiles=None,
        show_style=False,
        stop=None,
        n_audit=None,
    )
    (plan,) = inquiry.plans()
    if not plan.requests:
        return [*notes, Note("No node has anything to read.")]
    tokens = plan.tokens_in / plan.requests, plan.tokens_out / plan.requests
    sizes = [n for n in _SIZES if n < len(graph)] or [len(graph)]
    rows = []
    for n_nodes in sizes:
        totals = [round(n_nodes * each) for each in tokens]
        prices = [_price(model).of(*totals) for model in _MODELS]
        rows.append((n_nodes, *totals, *prices))
    columns = (
        "nodes",
        "tokens in",
        "tokens out",
        *(f"{m}, US dollars" for m in _MODELS),
    )
    told = (
        f"About, by {plan.requests} questions of this graph, each with up to five "
        f"linked texts; list prices as of {PRICES_AS_OF}, Batch mode is half of it. "
        "Your own step says it exactly: GraphReport(graph, step=...)."
    )
    return [
        *notes,
        Table.of("What answers about so many nodes cost", columns, rows, len(rows)),
        Note(told),
        Quote(_QUESTION, plan.sample_prompt),
    ]


def _classes(graph: TextGraph, y: Any) -> tuple[list[Any], list[Block]]:
    if y is not None:
        labels, is_labelled = labelled_rows(y, len(graph))
        names = sorted(set(labels[is_labelled].tolist()))
        if len(names) > 1:
            return names, []
    told = (
        "No classes were given: the question below has two made-up ones, and yours "
        "would be in their place."
    )
    return ["first class", "second class"], [Note(told)]


def _price(model: str) -> Price:
    price = find_price(model, None, is_listed=True)
    assert price is not None  # of a list that we ship
    return price


def _nobody(messages: Any) -> NoReturn:
    raise AssertionError("a plan sends nothing")
