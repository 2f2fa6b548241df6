"""No question is put to the same client twice within a process."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sklearn_tagkd.llm.client import Question
from sklearn_tagkd.rationales.record import Abstention, Rationale

__all__ = ["ask_once"]


class _Memo:
    def __init__(self) -> None:
        self.answers: dict[bytes, Rationale] = {}
        self._forget_process()

    def _forget_process(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()

    @property
    def lock(self) -> threading.Lock:
        """Held while asking: a second thread waits for the answer instead of paying."""
        if self._pid != os.getpid():  # whoever held it stayed with the parent
            self._forget_process()
        return self._lock


_memos: WeakKeyDictionary[Any, _Memo] = WeakKeyDictionary()


def ask_once(
    client: Any, questions: Sequence[Question], *, max_cost: float | None = None
) -> Sequence[Rationale | Abstention]:
    """Ask a client what it has not been asked before.

    Folds and candidates of a search ask about the same nodes again and again, in
    clones of one pipeline that share one client.

    Parameters
    ----------
    client : object with ``ask``
        Whatever answers.
    questions : sequence of Question
        One per node.
    max_cost : float, default=None
        US dollars at most, for clients that ask for money.

    Returns
    -------
    sequence of Rationale or Abstention
        One per question, in the same order. Abstentions are not remembered.

    Raises
    ------
    ValueError
        If the client gives another number of answers than it got questions, or
        does not count what it costs although ``max_cost`` is set.

    Examples
    --------
    >>> from sklearn_tagkd.llm import Question, RecordedAnswers, ask_once
    >>> from sklearn_tagkd import datasets
    >>> teacher = RecordedAnswers(datasets.docs_answers_path())
    >>> question = Question(teacher.answerable_nodes[0], "a text", (), (), {})
    >>> ask_once(teacher, [question]) == ask_once(teacher, [question])
    True
    """
    if getattr(client, "remembers", False):  # across processes, and better than here
        kept: Sequence[Rationale | Abstention]
        kept = client.ask(questions, max_cost=max_cost)
        return kept
    if max_cost is not None and not getattr(client, "is_free", False):
        raise ValueError(
            f"max_cost={max_cost} cannot be kept: {client!r} does not say what it "
            "costs. Leave max_cost=None, or ask through OpenAIClient or CallableClient."
        )
    memo = _memos.setdefault(client, _Memo())
    with memo.lock:
        keys = [_key(question) for question in questions]
        new = [i for i, key in enumerate(keys) if key not in memo.answers]
        fresh: dict[int, Rationale | Abstention] = {}
        if new:
            answers = client.ask([questions[i] for i in new])
            if len(answers) != len(new):
                raise ValueError(
                    f"{type(client).__name__}.ask gave {len(answers)} answers to "
                    f"{len(new)} questions; it must give one per question, in order "
                    "(an Abstention where there is none)."
                )
            fresh = dict(zip(new, answers, strict=True))
            for i, answer in fresh.items():
                if isinstance(answer, Rationale):
                    memo.answers[keys[i]] = answer
        return [fresh[i] if i in fresh else memo.answers[k] for i, k in enumerate(keys)]


def _key(question: Question) -> bytes:
    parts = (
        repr(question.node),
        question.text,
        *map(repr, question.neighbors),
        *question.neighbor_texts,
        *(f"{name}={meaning}" for name, meaning in question.classes.items()),
        *(part for example in question.examples for part in example),
    )
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "little"))  # no two lists run together
        digest.update(encoded)
    return digest.digest()
