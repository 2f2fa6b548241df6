"""What a client that asks a model can tell before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sklearn_tagkd.llm.budget.plan import Plan, make_plan
from sklearn_tagkd.llm.client import Question
from sklearn_tagkd.llm.prompting.writer import RequestWriter
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.reading.reply import agree
from sklearn_tagkd.llm.settings import AskSettings
from sklearn_tagkd.llm.store.answer_store import AnswerStore, StoredAnswer
from sklearn_tagkd.rationales.answers_file import read_answers
from sklearn_tagkd.rationales.record import Abstention, Rationale

__all__ = ["Beforehand"]


class Beforehand:
    """What is known of a client's questions: prompts, costs, and answers it has.

    For :class:`~sklearn_tagkd.llm.model_client.ModelClient` to derive from.
    """

    model: str
    store: AnswerStore
    _writer: RequestWriter
    _settings: AskSettings

    def plan(self, questions: Sequence[Question]) -> Plan:
        """Find out what asking would take; nothing is sent.

        Parameters
        ----------
        questions : sequence of Question
            One per node.

        Returns
        -------
        Plan
            Requests, tokens, cost and a prompt; ``print`` it.
        """
        by_key = {r.key: r for q in questions for r in self._writer.requests(q)}
        exists = self.store.path.exists()
        known = self.store.get(by_key) if exists else {}
        sample = next(iter(by_key.values()), None)
        return make_plan(
            [request for key, request in by_key.items() if key not in known],
            len(questions),
            len(known),
            self._settings.price,
            self._settings.max_answer_tokens,
            sample,
            self.model,
        )

    def import_answers(self, path: str | Path, questions: Sequence[Question]) -> int:
        """Take over answers that were recorded elsewhere, as if they had been given.

        Parameters
        ----------
        path : str or Path
            File in JSON-lines format, as
            :func:`~sklearn_tagkd.rationales.read_answers` reads it.
        questions : sequence of Question
            What would be asked; a recorded answer goes to the question about the
            same node.

        Returns
        -------
        int
            Number of questions that have an answer now.
        """
        recorded = {answer.node: answer for answer in read_answers(path)[0]}
        matched = [q for q in questions if q.node in recorded]
        with self.store.database.kept_open():
            for question in matched:
                answer = NumberedAnswer.of_rationale(recorded[question.node], question)
                for request in self._writer.requests(question):
                    row = StoredAnswer(answer, self.model)
                    self.store.put(request.key, row, question)
        return len(matched)

    def messages(self, question: Question) -> list[dict[str, str]]:
        """Return what the model would read.

        Parameters
        ----------
        question : Question
            About one node.

        Returns
        -------
        list of dict
            Messages with ``role`` and ``content``.
        """
        return self._writer.messages(question)

    def recalled(self, questions: Sequence[Question]) -> list[Rationale]:
        """Return the answers that are known already; nobody is asked.

        Parameters
        ----------
        questions : sequence of Question
            Any.

        Returns
        -------
        list of Rationale
            Of those questions that the store has an answer to, in their order.
        """
        if not self.store.path.exists():
            return []
        wanted = [(q, self._writer.requests(q)) for q in questions]
        known = self.store.get(r.key for _, samples in wanted for r in samples)
        answers = [
            self._combined(question, [known[request.key] for request in samples])
            for question, samples in wanted
            if all(request.key in known for request in samples)
        ]
        return [answer for answer in answers if isinstance(answer, Rationale)]

    def leaves_room(self, classes: Mapping[str, str]) -> bool:
        """Tell whether a prompt that lists these classes has room for texts.

        Parameters
        ----------
        classes : mapping of str to str
            Names with descriptions.

        Returns
        -------
        bool
            False where less than a third of ``max_prompt_tokens`` would be left.
        """
        return self._writer.leaves_room(classes)

    def _combined(
        self, question: Question, samples: list[NumberedAnswer | str]
    ) -> Rationale | Abstention:
        outcome = samples[0] if len(samples) == 1 else agree(samples)
        if isinstance(outcome, str):
            return Abstention(question.node, outcome)
        return outcome.for_question(question)
