"""A client for OpenAI and for every server that speaks its protocol."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from numbers import Real
from pathlib import Path
from typing import Any

from sklearn_tagkd.llm.asking import Asker
from sklearn_tagkd.llm.batch import BatchAsker
from sklearn_tagkd.llm.budget.account import Account
from sklearn_tagkd.llm.budget.prices import Price, find_price
from sklearn_tagkd.llm.budget.purse import Limits
from sklearn_tagkd.llm.courier import Link
from sklearn_tagkd.llm.model_client import ModelClient
from sklearn_tagkd.llm.prompting.form import FORMATS, LIMITS, Form
from sklearn_tagkd.llm.prompting.prompt import PromptTemplates, as_templates
from sklearn_tagkd.llm.prompting.writer import RequestWriter
from sklearn_tagkd.llm.settings import AskSettings, check_count, check_seconds
from sklearn_tagkd.llm.store.answer_store import AnswerStore
from sklearn_tagkd.llm.store.places import find_store
from sklearn_tagkd.llm.wire.address import check_base_url, host_of, is_openai
from sklearn_tagkd.llm.wire.dialect import Dialect
from sklearn_tagkd.llm.wire.extras import Extras, OwnFunction
from sklearn_tagkd.llm.wire.guard import guard
from sklearn_tagkd.llm.wire.sdk import SDKTransport, adopt_sdk, open_sdk, silence_sdk
from sklearn_tagkd.llm.wire.transport import Transport

__all__ = ["OpenAIClient"]

_LISTED = "api.openai.com"  # whose prices are known
_DEADLINES = {"live": 600.0, "batch": 90_000.0}  # seconds
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
        OpenAI, or what the environment variable ``OPENAI_BASE_URL`` says, unless that
        is empty.
    api_key_env : str, default='OPENAI_API_KEY'
        Environment variable that holds the key. It is read when something is sent,
        and never kept. It is sent to ``base_url``: name another variable for a
        server that is not to see the key of OpenAI.
    headers, query : mapping of str to str, or callable, default=None
        What to add to every request, such as ``{"api-key": "$AZURE_OPENAI_API_KEY"}``
        and ``{"api-version": "2024-10-21"}``: environment variables are written
        ``$VARIABLE``. A function returns such a mapping. Read when something is sent,
        and never part of a repr, a pickle or a key of the store.
    sdk : callable, default=None
        Function without arguments that opens the SDK's client:
        ``lambda: openai.AsyncAzureOpenAI(...)``, or an ``openai.AsyncOpenAI`` with
        certificates of its own. It decides the address; ``base_url`` then only names
        the server's file of answers. With neither that nor ``store``, answers are
        forgotten with this client.
    mode : {'live', 'batch'}, default='live'
        ``'batch'`` uses OpenAI's Batch API: half the price, within 24 hours. A
        process that died while waiting goes on waiting when it is run again.
    temperature : float, None or 'auto', default='auto'
        ``'auto'`` is 0, and 1 for the agreement of samples. None leaves it out, for
        models that refuse it.
    max_answer_tokens : int, default=1000
        Tokens of an answer at most, thinking included.
    answer_limit : {'auto', 'max_tokens', 'max_completion_tokens'}, default='auto'
        What the server calls that limit. ``'auto'`` finds out: what it refuses once,
        this client does not ask it again.
    response_format : {'auto', 'json_schema', 'json_object_schema', 'json_object', \
'none'}, default='auto'
        How to ask for the form of an answer: by its schema in OpenAI's way, or in that
        of llama.cpp; as JSON of any kind; or by the prompt alone. ``'auto'`` finds out
        likewise, from the best on.
    options : mapping, default=None
        Further decoding parameters of the protocol, such as ``seed`` or
        ``reasoning_effort``.
    probabilities : {'words', 'logprobs', 'agreement'}, default='words'
        Where probabilities come from: from what the model says; from the
        log-probabilities of the tokens of the label, where the server gives them;
        or from the share of ``n_samples`` answers that name a class. In the latter
        two the model is asked for a label and for no probabilities. Every rationale
        says in ``source`` which it was.
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
    deadline : float or 'auto', default='auto'
        Seconds for one node, waiting, retries and repair included; in Batch mode for
        all of them together, after which an error says how to go on waiting. ``'auto'``
        is 600, and 25 hours in Batch mode. Time that the process spent asleep does not
        count.
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
        headers: Mapping[str, str] | Callable[[], Mapping[str, str]] | None = None,
        query: Mapping[str, str] | Callable[[], Mapping[str, str]] | None = None,
        sdk: Callable[[], Any] | None = None,
        mode: str = "live",
        temperature: float | str | None = "auto",
        max_answer_tokens: int = 1000,
        answer_limit: str = "auto",
        response_format: str | None = "auto",
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
        deadline: float | str = "auto",
        max_retries: int = 6,
        retry_delay: float = 0.5,
        repair: bool = True,
        poll_seconds: float = 30.0,
        store: str | Path | AnswerStore | None = None,
        progress: bool | str = "auto",
    ) -> None:
        _check_choice("mode", mode, ("live", "batch"))
        _check_choice("probabilities", probabilities, _SOURCES)
        response_format = response_format or "none"
        _check_choice("response_format", response_format, ("auto", *FORMATS))
        _check_choice("answer_limit", answer_limit, ("auto", *LIMITS))
        if sdk is not None and not callable(sdk):
            raise ValueError(
                "sdk must be a function that opens a client, such as lambda: "
                f"openai.AsyncAzureOpenAI(...); got a {type(sdk).__name__}."
            )
        self.base_url = check_base_url(base_url)
        if self.base_url is None and sdk is None:
            variable = "OPENAI_BASE_URL"
            self.base_url = check_base_url(os.environ.get(variable), variable)
        self.api_key_env = api_key_env
        self.mode = mode
        self._is_batch = mode == "batch"
        self._poll_seconds = check_seconds("poll_seconds", poll_seconds)
        self._headers, self._query = Extras("headers", headers), Extras("query", query)
        self._sdk = None if sdk is None else OwnFunction("sdk", sdk)
        # Newer models of OpenAI's refuse the old name.
        is_new = sdk is None and is_openai(self.base_url)
        usual = "max_completion_tokens" if is_new else "max_tokens"
        most = check_count("max_answer_tokens", max_answer_tokens, least=1)
        chosen: dict[str, Any] = {usual: most}
        if temperature == "auto":
            temperature = 1.0 if probabilities == "agreement" else 0.0
        if temperature is not None:
            chosen["temperature"] = _checked_temperature(temperature)
        if probabilities == "logprobs":
            chosen |= {"logprobs": True, "top_logprobs": 20}
        decoding = chosen | _checked_options(options)
        # Elsewhere, in its regions too, and in its other tiers the prices are others.
        is_listed = (
            sdk is None
            and host_of(self.base_url) == _LISTED
            and "service_tier" not in decoding
        )
        super().__init__(
            writer=RequestWriter(
                model=model,
                templates=as_templates(templates),
                max_prompt_tokens=max_prompt_tokens,
                options=decoding,
                n_samples=n_samples if probabilities == "agreement" else 1,
                with_probabilities=probabilities == "words",
                max_answer_tokens=max_answer_tokens,
            ),
            settings=AskSettings(
                max_concurrency=max_concurrency,
                request_timeout=request_timeout,
                deadline=check_seconds(
                    "deadline", _DEADLINES.get(mode) if deadline == "auto" else deadline
                ),
                max_retries=max_retries,
                retry_delay=retry_delay,
                repair=repair,
                max_answer_tokens=max_answer_tokens,
                price=find_price(model, price, is_listed=is_listed),
                probabilities=probabilities,
            ),
            limits=Limits(max_requests, max_tokens, max_cost),
            store=find_store(store, self.base_url, has_sdk=sdk is not None),
            progress=progress,
            dialect=Dialect(
                Form(
                    FORMATS[0] if response_format == "auto" else response_format,
                    usual if answer_limit == "auto" else answer_limit,
                ),
                finds_format=response_format == "auto",
                finds_limit=answer_limit == "auto",
            ),
        )

    def __repr__(self) -> str:
        parts = [repr(self.model)]
        if self.base_url is not None:
            # An address may hold a password before the host.
            parts.append(f"host={host_of(self.base_url)!r}")
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
        if self._sdk is None:
            sdk, source = open_sdk(self.base_url, self.api_key_env), self.api_key_env
        else:
            sdk, source = adopt_sdk(self._sdk), "the client that sdk= opens"
        silence_sdk()
        guard(sdk, self._headers, self._query, self._settings.max_answer_tokens)
        return SDKTransport(sdk, source)

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


def _checked_temperature(value: Any) -> float:
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not (is_number and 0 <= value < float("inf")):
        raise ValueError(
            f"temperature must be a number of 0 or more, None or 'auto'; got {value!r}."
        )
    return float(value)


def _checked_options(options: Mapping[str, Any] | None) -> dict[str, Any]:
    chosen = dict(options or {})
    taken = {"model", "messages", "response_format", "stream", "n", *LIMITS}
    if clash := sorted(taken & chosen.keys()):
        raise ValueError(
            f"options must leave out {clash[0]!r}: it is decided by other parameters "
            "(max_answer_tokens, answer_limit, response_format), or its cost could not "
            "be bounded."
        )
    return chosen
