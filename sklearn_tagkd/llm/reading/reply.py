"""A reply is read, and its probabilities taken from where the user wants them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sklearn_tagkd.llm.budget.usage import Usage
from sklearn_tagkd.llm.class_question import ClassQuestion
from sklearn_tagkd.llm.client import Question
from sklearn_tagkd.llm.reading.class_profile import read_class_reply
from sklearn_tagkd.llm.reading.label_tokens import label_logprobs
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.reading.parse import Problem, parse_answer
from sklearn_tagkd.llm.wire.transport import Reply

__all__ = ["agree", "read_reply"]


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
        ``'words'`` believes the probabilities that the model says. ``'agreement'``
        takes the label, as a vote; ``'logprobs'`` takes the probabilities from the
        label's tokens, or, where the server gave none of use, those that the model
        says all the same.
    usage : Usage
        Counts answers that strayed from what was asked for.

    Returns
    -------
    NumberedAnswer or str
        The answer, or the reason why it cannot be believed.
    """
    if isinstance(question, ClassQuestion):
        return read_class_reply(question, reply, usage)
    if reply.is_refusal:
        return "refused"
    classes = list(question.classes)
    parsed = parse_answer(
        reply.content,
        classes,
        len(question.neighbors),
        is_cut_off=reply.is_cut_off,
        takes_label=source != "words",
    )
    if isinstance(parsed, Problem):
        usage.off_schema += parsed.reason == "not_json"
        usage.labels_alone += parsed.is_label_alone
        return parsed.reason
    usage.off_schema += not parsed.is_clean
    usage.invented_neighbors += parsed.n_invented
    usage.contradictions += parsed.contradicts_itself
    answer = parsed.answer
    if source != "logprobs":
        return replace(answer, source=source)
    measured = label_logprobs(reply.choices, classes, answer.label)
    if measured is not None:
        return replace(answer, probabilities=measured, source="logprobs")
    usage.no_logprobs += 1
    if parsed.spoken is None:
        return "no_logprobs"
    return replace(answer, probabilities=parsed.spoken, source="words")


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
