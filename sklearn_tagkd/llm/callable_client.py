"""A function of one's own as a language model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sklearn_tagkd.llm.budget.prices import Price, find_price
from sklearn_tagkd.llm.budget.purse import Limits
from sklearn_tagkd.llm.model_client import ModelClient
from sklearn_tagkd.llm.prompting.prompt import (
    Message,
    PromptTemplates,
    as_templates,
)
from sklearn_tagkd.llm.prompting.writer import RequestWriter
from sklearn_tagkd.llm.settings import AskSettings
from sklearn_tagkd.llm.store.answer_store import AnswerStore
from sklearn_tagkd.llm.wire.function import FunctionTransport
from sklearn_tagkd.llm.wire.transport import Transport
from sklearn_tagkd.utils.cache_folder import cache_folder

__all__ = ["CallableClient", "as_client"]


class CallableClient(ModelClient):
    """Ask a function: ``messages -> str``, asynchronous or not.

    Everything but the call is that of :class:`OpenAIClient`: prompts, reading and
    repair of answers, retries, limits, and the file of answers.

    Parameters
    ----------
    function : callable
        Takes a list of ``{"role": ..., "content": ...}`` and returns what the model
        wrote. One that is not asynchronous is called in several threads. Where it ends
        the process, as ``sys.exit`` does, asking ends with an LLMError.
    name : str, default=None
        What the model behind it is called. With a name, answers are kept in the
        cache folder under it, and another name is needed once the function answers
        otherwise; without one, they are forgotten with the client.
    max_answer_tokens : int, default=1000
        Tokens that the function writes at most, for the limits. The function has
        to see to it itself.
    max_prompt_tokens : int, default=2000
        Tokens of a prompt, about.
    templates : str, Path or PromptTemplates, default=None
        Folder with prompt templates of one's own.
    price : (float, float) or Price, default=None
        Dollars per million tokens in and out.
    max_requests, max_tokens : int, default=None
        Calls and tokens at most. Tokens count at the most that they can be.
    max_cost : float, default=None
        US dollars at most.
    max_concurrency : int, default=4
        Calls at a time.
    request_timeout : float, default=60
        Seconds for one call. A function that is not asynchronous goes on in its
        thread, beside the ``max_concurrency`` others; what it returns then is not
        looked at.
    deadline : float, default=600
        Seconds for one node.
    max_retries : int, default=2
        Calls after the first where the function raises.
    retry_delay : float, default=0.5
        Most seconds to wait after the first error; doubled with each one.
    repair : bool, default=True
        Whether to ask once more for an answer that cannot be used.
    store : str, Path or AnswerStore, default=None
        File to keep answers in, whatever the name.
    progress : bool or 'auto', default='auto'
        Whether to show a progress bar.

    Examples
    --------
    >>> from sklearn_tagkd.llm import CallableClient, Question
    >>> def model(messages):
    ...     return '{"probabilities": [{"class": "sport", "probability": 1}]}'
    >>> question = Question("a", "a late goal", (), (), {"sport": "", "politics": ""})
    >>> CallableClient(model).ask([question])
    [Rationale(node='a', probabilities={'sport': 1.0}, shown=(), neighbors=())]
    """

    def __init__(
        self,
        function: Callable[[list[Message]], str | Awaitable[str]],
        *,
        name: str | None = None,
        max_answer_tokens: int = 1000,
        max_prompt_tokens: int = 2000,
        templates: str | Path | PromptTemplates | None = None,
        price: Price | tuple[float, float] | None = None,
        max_requests: int | None = None,
        max_tokens: int | None = None,
        max_cost: float | None = None,
        max_concurrency: int = 4,
        request_timeout: float = 60.0,
        deadline: float = 600.0,
        max_retries: int = 2,
        retry_delay: float = 0.5,
        repair: bool = True,
        store: str | Path | AnswerStore | None = None,
        progress: bool | str = "auto",
    ) -> None:
        if not callable(function):
            raise TypeError(f"function must be callable; got {function!r}.")
        self.function = function
        folder = cache_folder() if name else None
        if store is None and folder is not None:
            store = folder / "answers" / "functions.sqlite"
        super().__init__(
            writer=RequestWriter(
                model=name or "function",
                templates=as_templates(templates),
                max_prompt_tokens=max_prompt_tokens,
                options={},
                max_answer_tokens=max_answer_tokens,
            ),
            settings=AskSettings(
                max_concurrency=max_concurrency,
                request_timeout=request_timeout,
                deadline=deadline,
                max_retries=max_retries,
                retry_delay=retry_delay,
                repair=repair,
                max_answer_tokens=max_answer_tokens,
                price=find_price("", price, is_listed=False),
                probabilities="words",
            ),
            limits=Limits(max_requests, max_tokens, max_cost),
            store=AnswerStore(store) if isinstance(store, str | Path) else store,
            progress=progress,
        )

    def __repr__(self) -> str:
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return f"CallableClient({name})"

    async def _open_transport(self) -> Transport:
        return FunctionTransport(self.function)


_clients: WeakKeyDictionary[Any, CallableClient] = WeakKeyDictionary()


def as_client(llm: Any) -> Any:
    """Return a client: the object itself, or one that asks a function.

    Parameters
    ----------
    llm : object with ``ask``, or callable
        Who answers.

    Returns
    -------
    object with ``ask``
        The same one for the same function, so that it is not asked twice.

    Examples
    --------
    >>> from sklearn_tagkd.llm import as_client
    >>> def model(messages):
    ...     return '{"label": "sport", "probabilities": []}'
    >>> as_client(model) is as_client(model)
    True
    """
    if hasattr(llm, "ask") or not callable(llm):
        return llm
    try:
        return _clients.setdefault(llm, CallableClient(llm))
    except TypeError:  # neither hashable nor weakly referable: nobody to remember
        return CallableClient(llm)
