"""A client for OpenAI and for every server that speaks its protocol."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sklearn_tagkd.llm.asking import Asker
from sklearn_tagkd.llm.batch import BatchAsker
from sklearn_tagkd.llm.budget.account import Account
from sklearn_tagkd.llm.budget.prices import Price, find_price
from sklearn_tagkd.llm.budget.purse import Limits
from sklearn_tagkd.llm.courier import Link
from sklearn_tagkd.llm.model_client import ModelClient
from sklearn_tagkd.llm.prompting.prompt import PromptTemplates, as_templates
from sklearn_tagkd.llm.prompting.writer import RequestWriter
from sklearn_tagkd.llm.settings import AskSettings
from sklearn_tagkd.llm.store.answer_store import AnswerStore
from sklearn_tagkd.llm.wire.sdk import SDKTransport, open_sdk
from sklearn_tagkd.llm.wire.transport import Transport
from sklearn_tagkd.utils.cache_folder import cache_folder

__all__ = ["OpenAIClient"]

_OPENAI = "api.openai.com"
_SOURCES = ("words", "logprobs", "agreement")


class OpenAIClient(ModelClient):
    """Ask a model of OpenAI's, or of any server that speaks its protocol.

    Many questions are asked at a time, fewer when the server has too many. Every
    answer is kept in a file as soon as it comes, and the same question is never
    sent twice, whichever thread, process or later run asks it. What a request can
    cost at most is reserved before it is sent. ``clone`` shares the client, and a
    pickle holds neither key nor connection.

    Parameters
    ----------
    model : str
        Name of the model.
    base_url : str, default=None
        Address of the server, such as ``'http://localhost:8000/v1'``. None is
        OpenAI, or what the environment variable ``OPENAI_BASE_URL`` says.
    api_key_env : str, default='OPENAI_API_KEY'
        Environment variable that holds the key. It is read when something is sent,
        and never kept. It is sent to ``base_url``: name another variable for a
        server that is not to see the key of OpenAI.
    mode : {'live', 'batch'}, default='live'
        ``'batch'`` uses OpenAI's Batch API: half the price, within 24 hours. A
        process that died while waiting goes on waiting when it is run again.
    temperature : float, None or 'auto', default='auto'
        ``'auto'`` is 0, and 1 for the agreement of samples. None leaves it out, for
        models that refuse it.
    max_answer_tokens : int, default=1000
        Tokens of an answer at most, thinking included.
    options : mapping, default=None
        Further decoding parameters of the protocol, such as ``seed`` or
        ``reasoning_effort``.
    probabilities : {'words', 'logprobs', 'agreement'}, default='words'
        Where probabilities come from: from what the model says; from the
        log-probabilities of the tokens of the label, where the server gives them;
        or from the share of ``n_samples`` answers that name a class. Every
        rationale says in ``source`` which it was.
    n_samples : int, default=5
        Answers per node, for their agreement; each is a request.
    max_prompt_tokens : int, default=2000
        Tokens of a prompt, about; texts are cut to fit.
    templates : str, Path or PromptTemplates, default=None
        Folder with prompt templates of one's own.
    price : (float, float) or Price, default=None
        Dollars per million tokens in and out. None knows OpenAI's best-known models at
        its own address, in its default service tier.
    max_requests, max_tokens : int, default=None
        What may be sent at most, by this client and its pickled copies together,
        retries and repairs included. None is no limit.
    max_cost : float, default=None
        US dollars at most, counted likewise.
    max_concurrency : int, default=16
        Requests in flight at most, per process.
    request_timeout : float, default=60
        Seconds for one try.
    deadline : float, default=600
        Seconds for one node, waiting, retries and repair included.
    max_retries : int, default=6
        Tries after the first for errors of the server and of the network. Too many
        requests (429) are tried again until the deadline.
    retry_delay : float, default=0.5
        Most seconds to wait after the first error; doubled with each one. A wait
        that the server asks for is honoured.
    repair : bool, default=True
        Whether to ask once more for an answer that cannot be used.
    poll_seconds : float, default=30
        Seconds between two looks at a batch.
    store : str, Path or AnswerStore, default=None
        File to keep answers in. None is one per server in the folder that the
        environment variable ``SKLEARN_TAGKD_CACHE`` names, or in the user's cache
        folder; with that variable ``off``, answers are forgotten with the client.
    progress : bool or 'auto', default='auto'
        Whether to show a progress bar.

    Attributes
    ----------
    store : AnswerStore
        Where answers are kept.

    See Also
    --------
    CallableClient : The same for a function of one's own.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn_tagkd.llm import OpenAIClient, Question
    >>> from sklearn_tagkd.llm.testing import LocalServer
    >>> question = Question("a", "a late goal", (), (), {"sport": "", "politics": ""})
    >>> folder = tempfile.mkdtemp()
    >>> with LocalServer() as server:
    ...     client = OpenAIClient(
    ...         "gpt-4o-mini", base_url=server.url, price=(0.15, 0.60),
    ...         max_cost=0.01, store=f"{folder}/answers.sqlite",
    ...     )
    ...     print(client.plan([question]).requests)
    ...     answers = client.ask([question])
    ...     again = client.ask([question])
    1
    >>> answers.usage.requests, again.usage.requests, again == answers
    (1, 0, True)
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key_env: str = "OPENAI_API_KEY",
        mode: str = "live",
        temperature: float | str | None = "auto",
        max_answer_tokens: int = 1000,
        options: Mapping[str, Any] | None = None,
        probabilities: str = "words",
        n_samples: int = 5,
        max_prompt_tokens: int = 2000,
        templates: str | Path | PromptTemplates | None = None,
        price: Price | tuple[float, float] | None = None,
        max_requests: int | None = None,
        max_tokens: int | None = None,
        max_cost: float | None = None,
        max_concurrency: int = 16,
        request_timeout: float = 60.0,
        deadline: float = 600.0,
        max_retries: int = 6,
        retry_delay: float = 0.5,
        repair: bool = True,
        poll_seconds: float = 30.0,
        store: str | Path | AnswerStore | None = None,
        progress: bool | str = "auto",
    ) -> None:
        _check_choice("mode", mode, ("live", "batch"))
        _check_choice("probabilities", probabilities, _SOURCES)
        base_url = base_url or os.environ.get("OPENAI_BASE_URL") or None
        self.base_url = base_url
        self.api_key_env = api_key_env
        self.mode = mode
        self._is_batch = mode == "batch"
        self._poll_seconds = poll_seconds
        host = _host(base_url) if base_url else _OPENAI
        # Newer models of OpenAI's refuse the old name, other servers ignore the new.
        is_openai = host == _OPENAI or host.endswith(".openai.com")
        limit = "max_completion_tokens" if is_openai else "max_tokens"
        chosen: dict[str, Any] = {limit: max_answer_tokens}
        if temperature == "auto":
            temperature = 1.0 if probabilities == "agreement" else 0.0
        if temperature is not None:
            chosen["temperature"] = temperature
        if probabilities == "logprobs":
            chosen |= {"logprobs": True, "top_logprobs": 20}
        decoding = chosen | _checked_options(options)
        # Elsewhere, in its regions too, and in its other tiers the prices are others.
        is_listed = host == _OPENAI and "service_tier" not in decoding
        super().__init__(
            writer=RequestWriter(
                model=model,
                templates=as_templates(templates),
                max_prompt_tokens=max_prompt_tokens,
                options=decoding,
                n_samples=n_samples if probabilities == "agreement" else 1,
                with_probabilities=probabilities == "words",
            ),
            settings=AskSettings(
                max_concurrency=max_concurrency,
                request_timeout=request_timeout,
                deadline=deadline,
                max_retries=max_retries,
                retry_delay=retry_delay,
                repair=repair,
                max_answer_tokens=max_answer_tokens,
                price=find_price(model, price, is_listed=is_listed),
                probabilities=probabilities,
            ),
            limits=Limits(max_requests, max_tokens, max_cost),
            store=_resolve_store(store, base_url),
            progress=progress,
        )

    def __repr__(self) -> str:
        parts = [repr(self.model)]
        if self.base_url is not None:
            # An address may hold a password before the host.
            parts.append(f"host={_host(self.base_url)!r}")
        if self._is_batch:
            parts.append("mode='batch'")
        limits = self._purse.limits
        parts += [
            f"{name}={value!r}"
            for name in ("max_requests", "max_tokens", "max_cost")
            if (value := getattr(limits, name)) is not None
        ]
        return f"OpenAIClient({', '.join(parts)})"

    async def _open_transport(self) -> Transport:
        return SDKTransport(open_sdk(self.base_url, self.api_key_env), self.api_key_env)

    def _asker(self, link: Link, account: Account, bar: Any) -> Asker:
        if not self._is_batch:
            return super()._asker(link, account, bar)
        return BatchAsker(
            link,
            self.store,
            account,
            self._settings,
            self._writer.templates,
            on_done=lambda: bar.update(1),
            poll_seconds=self._poll_seconds,
            on_poll=lambda n: bar.set_postfix_str(f"{n} done at the server"),
        )


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {list(choices)}; got {value!r}.")


def _checked_options(options: Mapping[str, Any] | None) -> dict[str, Any]:
    chosen = dict(options or {})
    taken = {"model", "messages", "response_format", "stream", "n", "max_tokens"}
    taken |= {"max_completion_tokens"}
    if clash := sorted(taken & chosen.keys()):
        raise ValueError(
            f"options must leave out {clash[0]!r}: it is decided by other parameters, "
            "or its cost could not be bounded."
        )
    return chosen


def _host(base_url: str) -> str:
    return urlsplit(base_url).hostname or ""


def _resolve_store(
    store: str | Path | AnswerStore | None, base_url: str | None
) -> AnswerStore | None:
    if isinstance(store, AnswerStore):
        return store
    if store is not None:
        return AnswerStore(store)
    folder = cache_folder()
    if folder is None:
        return None
    # One file per server: what a server for tests says under a model's name must
    # not pass for what that model says.
    name = "openai"
    if base_url is not None:
        digest = hashlib.blake2b(base_url.encode(), digest_size=4).hexdigest()
        name = re.sub(r"[^A-Za-z0-9.-]+", "_", _host(base_url))[-60:] + f"-{digest}"
    return AnswerStore(folder / "answers" / f"{name}.sqlite")
