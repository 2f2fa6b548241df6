"""A reply is read, and its probabilities taken from where the user wants them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sklearn_tagkd.llm.budget.usage import Usage
from sklearn_tagkd.llm.client import Question
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.reading.parse import Problem, parse_answer
from sklearn_tagkd.llm.wire.transport import Reply, TokenChoice

__all__ = ["agree", "label_logprobs", "read_reply"]

_LEAST_MASS = 0.5  # of the label's first tokens that must be told apart


def read_reply(
    question: Question, reply: Reply, source: str, usage: Usage
) -> NumberedAnswer | str:
    """Read a reply.

    Parameters
    ----------
    question : Question
        What was asked.
    reply : Reply
        What came back.
    source : str
        ``'logprobs'`` takes the probabilities from the tokens of the label, where
        the server gave them and they tell the classes apart.
    usage : Usage
        Counts answers that strayed from what was asked for.

    Returns
    -------
    NumberedAnswer or str
        The answer, or the reason why it cannot be believed.
    """
    if reply.is_refusal:
        return "refused"
    classes = list(question.classes)
    parsed = parse_answer(
        reply.content, classes, len(question.neighbors), is_cut_off=reply.is_cut_off
    )
    if isinstance(parsed, Problem):
        usage.off_schema += parsed.reason == "not_json"
        return parsed.reason
    usage.off_schema += not parsed.is_clean
    usage.invented_neighbors += parsed.n_invented
    if source == "logprobs":
        measured = label_logprobs(reply.choices, classes)
        if measured is not None:
            return replace(parsed.answer, probabilities=measured, source="logprobs")
    return parsed.answer


def label_logprobs(
    choices: Sequence[TokenChoice], classes: Sequence[str]
) -> Mapping[str, float] | None:
    """Return the probabilities of classes from the tokens of the label.

    Names are told apart token by token along the label that was written. What
    cannot be told apart, because it leads to several classes or to none, is left
    out, and the rest brought to the sum 1.

    Parameters
    ----------
    choices : sequence of TokenChoice
        Tokens of an answer.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    dict of str to float, or None
        None where the label is not found, or where less than half of the
        probability could be told apart.

    Examples
    --------
    >>> from math import log
    >>> from sklearn_tagkd.llm.reading.reply import label_logprobs
    >>> from sklearn_tagkd.llm.wire.transport import TokenChoice
    >>> start = TokenChoice('{"label": "', [])
    >>> label = TokenChoice("cat", [("cat", log(0.75)), ("dog", log(0.25))])
    >>> label_logprobs([start, label, TokenChoice('"}', [])], ["cat", "dog"])
    {'cat': 0.75, 'dog': 0.25}
    """
    mass: dict[str, float] = {}
    reach, written = 1.0, ""
    for choice in _label_tokens(choices):
        along = 0.0
        for token, logprob in choice.alternatives:
            # The token that ends the name also holds the closing quote.
            prefix = (written + token).partition('"')[0]
            is_ended = '"' in token
            meant = [
                name
                for name in classes
                if (name == prefix if is_ended else name.startswith(prefix))
            ]
            if token == choice.token:
                along = math.exp(logprob)
                if len(meant) != 1:
                    continue
            if len(meant) == 1 and prefix:
                name = meant[0]
                mass[name] = mass.get(name, 0.0) + reach * math.exp(logprob)
        written += choice.token
        left = [name for name in classes if name.startswith(written.partition('"')[0])]
        if len(left) <= 1 or '"' in choice.token:
            break
        reach *= along
    total = math.fsum(mass.values())
    if not _LEAST_MASS <= total <= 1.05:
        return None
    return {name: value / total for name, value in mass.items() if value > 0}


def _label_tokens(choices: Sequence[TokenChoice]) -> Sequence[TokenChoice]:
    """Return the tokens from the one with which the label's name begins."""
    text = ""
    for place, choice in enumerate(choices):
        before = text
        text += choice.token
        mark = text.rfind('"label"')
        if mark < 0:
            continue
        quote = text.find('"', text.find(":", mark) + 1) if ":" in text[mark:] else -1
        if quote < 0:
            continue
        if quote + 1 == len(text):
            return choices[place + 1 :]
        # The name begins within this token: its alternatives have the quote too.
        skip = quote + 1 - len(before)
        head = choice.token[:skip]
        trimmed = [
            (token[skip:], value)
            for token, value in choice.alternatives
            if token.startswith(head)
        ]
        return [TokenChoice(choice.token[skip:], trimmed), *choices[place + 1 :]]
    return []


def agree(samples: Sequence[NumberedAnswer | str]) -> NumberedAnswer | str:
    """Return one answer out of several samples.

    Parameters
    ----------
    samples : sequence of NumberedAnswer or str
        Answers, and reasons where there is none.

    Returns
    -------
    NumberedAnswer or str
        The share of samples that name a class is its probability; the reasons are
        those of the first sample that names the most frequent one. Where half of
        the samples or more failed, the most frequent reason: the agreement of few
        would be a made-up confidence.
    """
    answers = [sample for sample in samples if isinstance(sample, NumberedAnswer)]
    reasons = [sample for sample in samples if isinstance(sample, str)]
    if len(answers) <= len(reasons):
        return max(reasons, key=reasons.count)
    votes: dict[str, int] = {}
    for answer in answers:
        votes[answer.label] = votes.get(answer.label, 0) + 1
    top = max(votes, key=votes.__getitem__)
    chosen = next(answer for answer in answers if answer.label == top)
    shares = {name: count / len(answers) for name, count in votes.items()}
    return replace(chosen, probabilities=shares, source="agreement")
