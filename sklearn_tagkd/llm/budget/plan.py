"""What asking would take, found out without asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sklearn_tagkd.llm.budget.prices import PRICES_AS_OF, Price
from sklearn_tagkd.llm.class_question import ClassQuestion
from sklearn_tagkd.llm.prompting.class_prompt import usual_class_tokens
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.utils.plain_text import printable

__all__ = ["Plan", "make_plan"]

_USUAL_ANSWER = 250  # tokens: five phrases of one's own, some of three neighbours


@dataclass(frozen=True)
class Plan:
    """What asking would take. ``print`` it; the repr leaves the prompt out.

    Parameters
    ----------
    model : str
        Name of the model.
    n_questions : int
        Nodes, and classes, to ask about.
    n_known : int
        Requests that the store answers already.
    requests : int
        Requests to send, if none has to be repeated.
    tokens_in : int
        Tokens of the prompts, about.
    tokens_out : int
        Tokens of the answers, about.
    most_tokens : int
        Tokens in and out that no more can be taken by, without retries.
    cost, batch_cost : float or None
        US dollars for ``tokens_in`` and ``tokens_out``, one by one and in Batch
        mode; None where nobody knows the price.
    most_cost : float or None
        US dollars for as many tokens as there can be, one by one.
    sample_prompt : str
        What the model would read about the first node; printed without what a
        terminal would obey.
    n_texts : int
        How many of the user's texts would leave the machine: of nodes, of linked ones
        and of examples, each counted once, whole or in part.
    notes : tuple of str
        What else there is to know.

    Examples
    --------
    >>> from sklearn_tagkd import LLMRationaleTransformer, TextGraph
    >>> from sklearn_tagkd.llm import OpenAIClient
    >>> graph = TextGraph(["a late goal", "a close vote"], [(0, 1)])
    >>> step = LLMRationaleTransformer(
    ...     OpenAIClient("a-model", price=(0.15, 0.60)), ["sport", "politics"])
    >>> plan = step.plan(graph)
    >>> plan.n_questions, plan.n_texts, plan.cost < 0.01
    (2, 2, True)
    """

    model: str
    n_questions: int
    n_known: int
    requests: int
    tokens_in: int
    tokens_out: int
    most_tokens: int
    cost: float | None
    batch_cost: float | None
    most_cost: float | None
    sample_prompt: str = field(repr=False)
    n_texts: int = 0
    notes: tuple[str, ...] = ()

    def __add__(self, other: Plan) -> Plan:
        costs = ("cost", "batch_cost", "most_cost")
        mine, theirs = vars(self), vars(other)
        summed: dict[str, Any] = {
            name: value + theirs[name]
            for name, value in mine.items()
            if name not in (*costs, "model", "sample_prompt")
        }
        for name in costs:
            known = None not in (mine[name], theirs[name])
            summed[name] = mine[name] + theirs[name] if known else None
        model = f"{self.model} and {other.model}"
        return Plan(model=model, sample_prompt=self.sample_prompt, **summed)

    def __str__(self) -> str:
        lines = [
            f"model            {self.model}",
            f"questions        {self.n_questions}",
            f"already answered {self.n_known} requests, at no cost",
            f"requests         {self.requests}",
            f"texts sent       {self.n_texts}",
            f"tokens, about    {self.tokens_in:,} in, {self.tokens_out:,} out "
            f"(at most {self.most_tokens:,}, retries and repairs aside)",
        ]
        if self.cost is None:
            lines.append(
                "cost             unknown: pass price=(dollars per million in, out)"
            )
        else:
            lines += [
                f"cost, about      ${self.cost:.4f} (at most ${self.most_cost:.4f}, "
                "retries and repairs aside)",
                f"in Batch mode    ${self.batch_cost:.4f}",
                f"prices           list prices as of {PRICES_AS_OF} unless price= was "
                "given",
            ]
        lines += [f"note             {note}" for note in self.notes]
        return printable("\n".join([*lines, "", "a prompt:", "", self.sample_prompt]))


def make_plan(
    requests: Sequence[Request],
    n_questions: int,
    n_known: int,
    price: Price | None,
    max_answer_tokens: int,
    sample: Request | None,
    model: str,
) -> Plan:
    """Add up what requests would take.

    Parameters
    ----------
    requests : sequence of Request
        What would be sent.
    n_questions : int
        Nodes to ask about.
    n_known : int
        Requests that the store answers.
    price : Price or None
        What tokens cost.
    max_answer_tokens : int
        Tokens of an answer at most.
    sample : Request or None
        Whose prompt to show.
    model : str
        Name of the model.

    Returns
    -------
    Plan
        Nothing is sent.
    """
    tokens_in = sum(request.estimated_tokens_in for request in requests)
    of_class = usual_class_tokens(max_answer_tokens)
    of_node = min(_USUAL_ANSWER, max_answer_tokens)
    tokens_out = sum(
        of_class if isinstance(request.question, ClassQuestion) else of_node
        for request in requests
    )
    most_in = sum(request.most_tokens_in for request in requests)
    most_out = len(requests) * max_answer_tokens
    prompt = ""
    if sample is not None:
        prompt = "\n\n".join(
            f"--- {message['role']}\n{message['content']}"
            for message in sample.messages
        )
    return Plan(
        model=model,
        n_questions=n_questions,
        n_known=n_known,
        requests=len(requests),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        most_tokens=most_in + most_out,
        cost=None if price is None else price.of(tokens_in, tokens_out),
        batch_cost=(
            None if price is None else price.of(tokens_in, tokens_out, batch=True)
        ),
        most_cost=None if price is None else price.of(most_in, most_out),
        sample_prompt=prompt,
        n_texts=len({text for request in requests for text in _texts(request)}),
    )


def _texts(request: Request) -> list[str]:
    question = request.question
    shown = [question.text, *question.neighbor_texts]
    return [text for text in [*shown, *(t for t, _ in question.examples)] if text]
