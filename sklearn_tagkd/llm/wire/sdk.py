"""Requests through OpenAI's own package, with its retries off."""

from __future__ import annotations

import email.utils
import importlib
import logging
import os
import re
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sklearn_tagkd.llm.errors import LLMError
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.llm.wire.awake import awake_timeout
from sklearn_tagkd.llm.wire.error_body import (
    NO_MONEY,
    explain_body,
    is_out_of_credit,
    plain_name,
)
from sklearn_tagkd.llm.wire.transport import Failure, Reply, TokenChoice
from sklearn_tagkd.utils.forks import no_fork

__all__ = ["SDKTransport", "open_sdk", "read_completion"]

_NUMBER = r"\d{1,9}(\.\d*)?"
_NOT_CONNECTED = {"ConnectError", "ConnectTimeout", "PoolTimeout"}
_REMEDIES = {
    "temperature": " Models that think take none: pass temperature=None.",
    "logprobs": " Pass another probabilities= than 'logprobs'.",
    "top_logprobs": " Pass another probabilities= than 'logprobs'.",
}
_REDIRECTED = (
    "The server sends requests on to another address ({}), and they are not followed: "
    "the key and the texts would go along. Pass base_url= the address that answers."
)
_CHATTY = ("openai", "httpx", "httpx2", "httpcore", "httpcore2")


class _Silence(logging.Filter):
    """Drops what the SDK logs from our threads: at level DEBUG it logs prompts."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not threading.current_thread().name.startswith("sklearn_tagkd")


_silence = _Silence()


def open_sdk(base_url: str | None, api_key_env: str) -> Any:
    """Open a client of the SDK for the running event loop.

    Parameters
    ----------
    base_url : str or None
        Address of the server; None is the SDK's own choice.
    api_key_env : str
        Environment variable that holds the key.

    Returns
    -------
    openai.AsyncOpenAI
        To be closed with ``await client.close()``.

    Raises
    ------
    LLMError
        If the variable is not set and the server is OpenAI's, or if the package
        cannot be imported.
    """
    try:
        with no_fork:
            import openai  # takes most of a second, which nobody else need wait for
    except ImportError as error:
        raise LLMError("OpenAIClient needs the package: pip install openai.") from error
    key = os.environ.get(api_key_env, "")
    if not key and base_url is None:
        raise LLMError(
            f"The environment variable {api_key_env} is not set: it must hold the key. "
            "For a server of your own pass base_url=."
        )
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in _CHATTY:
            logging.getLogger(name).addFilter(_silence)
    with no_fork:
        sdk = openai.AsyncOpenAI(
            api_key=key or "none",  # servers of one's own ask for no key, the SDK does
            base_url=base_url,
            max_retries=0,
            timeout=3600.0,  # ours is shorter, and counts all of a request
            # Else the key and the texts would go wherever a server points.
            http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False),
        )
        finish_imports(sdk)
    return sdk


def finish_imports(sdk: Any) -> None:
    """Import now what would be imported with the first request, maybe beside a fork.

    Parameters
    ----------
    sdk : openai.AsyncOpenAI
        An open client.
    """
    for name in ("chat", "files", "batches"):
        getattr(getattr(sdk, name, None), "completions", None)
    for name in ("anyio._backends._asyncio", "anyio.streams.memory", "jiter"):
        with suppress(ImportError):
            importlib.import_module(name)


class SDKTransport:
    """Sends chat completions.

    Parameters
    ----------
    sdk : openai.AsyncOpenAI
        An open client.
    api_key_env : str
        Name of the variable that holds the key, for messages.

    Attributes
    ----------
    sdk : openai.AsyncOpenAI
        The client.
    """

    def __init__(self, sdk: Any, api_key_env: str) -> None:
        self.sdk = sdk
        self._api_key_env = api_key_env

    async def send(
        self, request: Request, *, with_schema: bool, timeout: float
    ) -> Reply | Failure:
        """Send a request once.

        Parameters
        ----------
        request : Request
            What to send.
        with_schema : bool
            Whether to ask for a strict schema.
        timeout : float
            Seconds for all of it.

        Returns
        -------
        Reply or Failure
            Nothing is raised but a cancellation.
        """
        try:
            # The SDK's own limits begin anew with every byte that drips in.
            async with awake_timeout(timeout):
                # As `extra_body` the SDK passes on options that it does not know,
                # and does not walk through every message, which takes as long as
                # all the rest that it does.
                completion = await self.sdk.chat.completions.create(
                    model=request.model,
                    messages=[],
                    extra_body=request.body(with_schema=with_schema),
                )
        except TimeoutError:
            return Failure("time_out", may_be_billed=True)
        except Exception as error:
            # Into plain words at once: the error holds the key and the prompt.
            failure = self.explain(error, _prompt(request))
            return failure if with_schema else replace(failure, lacks_schema=False)
        return read_completion(completion, _prompt(request))

    async def close(self) -> None:
        """Close the connections."""
        await self.sdk.close()

    def explain(self, error: Exception, prompt: str = "") -> Failure:
        """Say in plain words what an error of the SDK means.

        Parameters
        ----------
        error : Exception
            It may hold the key and the prompt, and must not get out.
        prompt : str, default=''
            What was asked.

        Returns
        -------
        Failure
            Without either.
        """
        status = getattr(error, "status_code", None)
        if not isinstance(status, int) or status < 400:
            names = [kind.__name__ for kind in type(error).__mro__]
            if "APITimeoutError" in names:
                return Failure("time_out", may_be_billed=True)
            if "APIConnectionError" in names:
                never_sent = type(error.__cause__).__name__ in _NOT_CONNECTED
                return Failure("no_connection", may_be_billed=not never_sent)
            if isinstance(status, int) and 300 <= status < 400:
                return Failure("fatal", _REDIRECTED.format(status))
            return Failure("bad_response", may_be_billed=True)
        code = plain_name(getattr(error, "code", None))
        codes = getattr(error, "code", None), getattr(error, "type", None)
        if is_out_of_credit(status, codes, str(error), prompt):
            told = " ".join(filter(None, [str(status), code]))
            return Failure("fatal", f"The server {NO_MONEY} ({told}).")
        wait = _retry_after(getattr(getattr(error, "response", None), "headers", {}))
        if status == 429:
            return Failure("rate_limited", retry_after=wait)
        if status in (408, 409) or status >= 500:
            return Failure("server_error", retry_after=wait, may_be_billed=True)
        param = plain_name(getattr(error, "param", ""))
        # Many a server says only in its prose that it knows no schema.
        names_schema = bool(
            re.search("response_format|json_schema", f"{param} {error}")
        )
        return self._explain_rejection(status, code, param, names_schema)

    def _explain_rejection(
        self, status: int, code: str, param: str, names_schema: bool
    ) -> Failure:
        told = " ".join(filter(None, [str(status), code, param]))
        kind = "fatal"
        if status in (401, 403):
            why = f"does not accept the key in {self._api_key_env}"
            # A firewall, or a filter before the model, may say so of a single text.
            kind = "fatal" if status == 401 else "forbidden"
        elif status == 404:
            why = "knows no such model, or no such address"
        elif code == "content_filter":
            return Failure("refused")
        else:
            return Failure(
                "rejected",
                f"The server rejects the request ({told}).{_REMEDIES.get(param, '')}",
                lacks_schema=names_schema or status == 422,
            )
        return Failure(kind, f"The server {why} ({told}).")


def read_completion(completion: Any, prompt: str = "") -> Reply | Failure:
    """Read what the server sent, which need not be what the protocol says.

    Parameters
    ----------
    completion : openai.types.chat.ChatCompletion or dict
        The body of a response.
    prompt : str, default=''
        What was asked.

    Returns
    -------
    Reply or Failure
        ``'bad_response'`` where there is no message in it.
    """
    usage = _get(completion, "usage")
    counts = (
        _count(_get(usage, "prompt_tokens")),
        _count(_get(usage, "completion_tokens")),
    )
    choices = _get(completion, "choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = _get(choice, "message")
    content, refusal = _get(message, "content"), _get(message, "refusal")
    finish = _get(choice, "finish_reason")
    if refusal or finish == "content_filter":
        return Reply("", is_refusal=True, tokens_in=counts[0], tokens_out=counts[1])
    errors = _get(completion, "error"), _get(choice, "error")
    if not content and (failure := explain_body(errors[0] or errors[1], prompt)):
        return failure
    if message is None or not isinstance(content, str | None):
        return Failure("bad_response", may_be_billed=True)
    return Reply(
        content=content or "",
        is_cut_off=finish == "length",
        tokens_in=counts[0],
        tokens_out=counts[1],
        choices=_token_choices(_get(_get(choice, "logprobs"), "content")),
    )


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def _count(value: Any) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if is_count else None


def _token_choices(entries: Any) -> list[TokenChoice]:
    found = []
    for entry in entries if isinstance(entries, list) else []:
        token = _get(entry, "token")
        pairs = [
            (_get(other, "token"), _get(other, "logprob"))
            for other in _get(entry, "top_logprobs") or []
        ]
        proper = [
            (name, float(value))
            for name, value in pairs
            if isinstance(name, str) and isinstance(value, int | float) and value <= 0
        ]
        if isinstance(token, str):
            found.append(TokenChoice(token, proper))
    return found


def _prompt(request: Request) -> str:
    return "\n".join(message["content"] for message in request.messages)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    milliseconds = headers.get("retry-after-ms", "").strip()
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(_NUMBER, milliseconds):
        return float(milliseconds) / 1000
    if re.fullmatch(_NUMBER, text):
        return float(text)
    try:
        until = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(until.timestamp() - time.time(), 0.0)
