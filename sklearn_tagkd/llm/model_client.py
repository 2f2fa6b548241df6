"""What every client that really asks a model has in common."""

from __future__ import annotations

import tempfile
import time
import uuid
import warnings
import weakref
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree
from typing import Any

from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm.advice import warnings_about
from sklearn_tagkd.llm.asking import Asker
from sklearn_tagkd.llm.beforehand import Beforehand
from sklearn_tagkd.llm.budget.account import Account
from sklearn_tagkd.llm.budget.purse import Limits, Purse
from sklearn_tagkd.llm.budget.usage import Answers, Usage
from sklearn_tagkd.llm.client import Question, RationaleClient
from sklearn_tagkd.llm.courier import Link
from sklearn_tagkd.llm.errors import (
    AnswerStoreError,
    AskingInterrupted,
    LLMError,
    UnknownPriceError,
    bare,
)
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.llm.prompting.writer import RequestWriter
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.settings import AskSettings
from sklearn_tagkd.llm.store.answer_store import AnswerStore
from sklearn_tagkd.llm.wire.dialect import Dialect
from sklearn_tagkd.llm.wire.loop_thread import LoopThread
from sklearn_tagkd.llm.wire.pacing import AdaptiveLimit
from sklearn_tagkd.llm.wire.transport import Transport
from sklearn_tagkd.rationales.record import Abstention
from sklearn_tagkd.utils.progress import progress_bar

__all__ = ["ModelClient"]

_GRACE = 10.0  # seconds for answers on their way, which are paid for, after Ctrl-C
_TO_KEEP = "pass store= a file next time"


class ModelClient(Beforehand, RationaleClient):
    """A client that really asks a model, and remembers what it said.

    Parameters
    ----------
    writer : RequestWriter
        What a question becomes.
    settings : AskSettings
        How to ask.
    limits : Limits
        What may be spent.
    store : AnswerStore, or None
        Where answers are kept; None forgets them with the client.
    progress : bool or 'auto'
        Whether to show a progress bar.
    dialect : Dialect, default=None
        What is known of how the server wants to be asked; what is found out stays
        with the client.
    """

    remembers = True
    answers_classes = True
    _is_batch = False

    def __init__(
        self,
        *,
        writer: RequestWriter,
        settings: AskSettings,
        limits: Limits,
        store: AnswerStore | None,
        progress: bool | str,
        dialect: Dialect | None = None,
    ) -> None:
        self.model = writer.model
        self._writer = writer
        self._dialect = dialect or Dialect()
        self._settings = settings
        self._check_price(limits.max_cost)
        self._purse = Purse(limits)
        self._forgets = store is None
        self.store = store if store is not None else self._passing_store()
        self._progress = progress
        self._start()

    def _start(self) -> None:
        # By weak reference, so that a client that is dropped leaves at once.
        this = weakref.ref(self)

        async def open_link() -> Link:
            client = this()
            assert client is not None  # it is the one that is asking
            settings = client._settings
            limit = AdaptiveLimit(settings.max_concurrency, settings.request_timeout)
            return Link(await client._open_transport(), limit, client._dialect)

        self._loop = LoopThread("sklearn_tagkd-llm", open_link)

    def _passing_store(self) -> AnswerStore:
        # By name in the folder for temporary files, so that worker processes to
        # which the client is pickled find the same one.
        folder = Path(tempfile.gettempdir()) / f"sklearn_tagkd-{uuid.uuid4().hex}"
        weakref.finalize(self, rmtree, folder, ignore_errors=True)
        return AnswerStore(folder / "answers.sqlite")

    def __getstate__(self) -> dict[str, Any]:
        return {k: value for k, value in vars(self).items() if k != "_loop"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()

    def __deepcopy__(self, memo: dict[int, Any]) -> ModelClient:
        return self  # one purse, one store, one connection

    @abstractmethod
    async def _open_transport(self) -> Transport:
        """Open what carries requests, within the running loop."""

    def ask(
        self, questions: Sequence[Question], *, max_cost: float | None = None
    ) -> Answers:
        """Ask what the store does not know.

        Parameters
        ----------
        questions : sequence of Question
            One per node.
        max_cost : float, default=None
            US dollars for this call at most, beside the limits of the client.

        Returns
        -------
        list of Rationale or Abstention
            One per question, in the same order; its attribute ``usage`` says what
            it took. Reasons to abstain are ``'refused'``, ``'truncated'``,
            ``'invalid_label'``, ``'not_a_distribution'``, ``'not_json'``,
            ``'time_out'``, ``'rate_limited'``, ``'over_budget'``, ``'rejected'``,
            ``'server_error'``, ``'no_connection'`` and ``'bad_response'``.

        Raises
        ------
        LLMError
            If the model cannot be asked at all; answers that came are kept.
        AskingInterrupted
            On Ctrl-C; answers that came, and those on their way, are kept.

        Warns
        -----
        RationaleWarning
            If nothing is answered, or a fifth of the questions is not: the counts, and
            what helps against the commonest reason.
        """
        self._check_price(max_cost)
        began = time.monotonic()
        usage = Usage()
        wanted = [self._writer.requests(question) for question in questions]
        requests = [request for samples in wanted for request in samples]
        asker = self._run(requests, usage, max_cost) if requests else None
        results = {} if asker is None else asker.results
        answers = [
            self._combined(question, [results[r.key] for r in samples])
            for question, samples in zip(questions, wanted, strict=True)
        ]
        usage.abstentions.update(
            answer.reason for answer in answers if isinstance(answer, Abstention)
        )
        usage.seconds = time.monotonic() - began
        if asker is not None:
            self._report(usage, len(questions), asker)
        return Answers(answers, usage)

    def _run(
        self, requests: list[Request], usage: Usage, max_cost: float | None
    ) -> Asker:
        n_wanted = len({request.key for request in requests})
        with (
            self.store.database.kept_open(),
            self._loop.running() as link,
            progress_bar(n_wanted, f"ask {self.model}", "node", self._progress) as bar,
        ):
            purses = [self._purse, Purse(Limits(max_cost=max_cost))]
            settings = self._settings
            account = Account(
                purses,
                self.store,
                settings.price,
                settings.max_answer_tokens,
                self._is_batch,
                usage,
            )

            async def start() -> Asker:
                return self._asker(link, account, bar)

            asker = self._loop.submit(start()).result()
            self._wait(asker, requests)
            return asker

    def _asker(self, link: Link, account: Account, bar: Any) -> Asker:
        return Asker(
            link,
            self.store,
            account,
            self._settings,
            self._writer.templates,
            on_done=lambda: bar.update(1),
        )

    def _wait(self, asker: Asker, requests: list[Request]) -> None:
        future = self._loop.submit(asker.ask(requests))
        error: BaseException | None = None
        try:
            self._loop.wait(future)
            return
        except KeyboardInterrupt:
            self._loop.call(asker.stop)
            try:
                self._loop.wait(future, _GRACE)
            except AnswerStoreError as raised:  # it may hold answers that came
                error = raised
            except (KeyboardInterrupt, Exception):
                future.cancel()
        except BaseException as raised:
            error = raised
        if error is not None:
            if not isinstance(error, Exception):
                error = LLMError(f"Asking was ended by {type(error).__name__}.")
            raise bare(error)
        n_kept = sum(isinstance(a, NumberedAnswer) for a in asker.results.values())
        where, remedy = (
            f"in {self.store.path}",
            "Run the same again to go on from there",
        )
        if self._forgets:
            where = "for as long as this client lives"
            remedy = f"Ask it again to go on from there, or keep them: {_TO_KEEP}"
        raise AskingInterrupted(
            f"Interrupted: {n_kept} of {len({r.key for r in requests})} answers are "
            f"kept {where}. {remedy}; nothing that is kept is asked again."
        )

    def _check_price(self, max_cost: float | None) -> None:
        if max_cost is not None and self._settings.price is None:
            raise UnknownPriceError(
                f"max_cost is set, and the price of {self.model!r} is not known. Pass "
                "price=(dollars per million tokens in, per million tokens out), such "
                "as price=(0.15, 0.60); for a server that costs nothing, price=(0, 0)."
            )

    def _report(self, usage: Usage, n_asked: int, asker: Asker) -> None:
        overcharge, problems = asker.account.overcharge, asker.courier.problems
        told = warnings_about(usage, n_asked, self._settings, overcharge, problems)
        for message in told:
            warnings.warn(message, RationaleWarning, stacklevel=3)
