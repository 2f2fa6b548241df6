"""Requests through OpenAI's own package, with its retries off."""

from __future__ import annotations

import importlib
import inspect
import json
import logging
import os
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sklearn_tagkd.llm.errors import LLMError
from sklearn_tagkd.llm.prompting.form import Form
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.llm.wire.address import OPENAI
from sklearn_tagkd.llm.wire.awake import awake_timeout
from sklearn_tagkd.llm.wire.completion import read_completion
from sklearn_tagkd.llm.wire.error_body import NO_MONEY, is_out_of_credit
from sklearn_tagkd.llm.wire.hints import hint_for, read_doubt
from sklearn_tagkd.llm.wire.reachability import causes_of, explain_no_connection
from sklearn_tagkd.llm.wire.retry_after import read_retry_after
from sklearn_tagkd.llm.wire.said import plain_name, read_said
from sklearn_tagkd.llm.wire.transport import Failure, Reply
from sklearn_tagkd.utils.forks import no_fork

__all__ = ["SDKTransport", "adopt_sdk", "open_sdk", "silence_sdk"]

_LONGEST = 3600.0  # seconds; ours are fewer, and count all of a request
_TO_CONNECT = 20.0  # seconds, at most
_LONGEST_PAGE = 20_000  # bytes of what is no JSON that are looked at
_NOT_CONNECTED = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"}
# What came is too long, or no HTTP, or not packed as it says.
_NOT_AS_AGREED = {"ReplyTooLongError", "DecodingError", "LocalProtocolError"}
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
        Address of the server; None is OpenAI.
    api_key_env : str
        Environment variable that holds the key.

    Returns
    -------
    openai.AsyncOpenAI
        To be closed with ``await client.close()``.

    Raises
    ------
    LLMError
        If there is no key and the server is OpenAI's, if it is malformed, if proxies
        are named that cannot be used, or if the package cannot be imported.
    """
    try:
        with no_fork:
            import openai  # takes most of a second, which nobody else need wait for
    except ImportError as error:
        raise LLMError("OpenAIClient needs the package: pip install openai.") from error
    key = os.environ.get(api_key_env, "").strip()
    if not key and base_url is None:
        raise LLMError(
            f"The environment variable {api_key_env} is not set: it must hold the key. "
            "For a server of your own pass base_url=."
        )
    if not re.fullmatch(r"[!-~]*", key):
        raise LLMError(
            f"The key in {api_key_env} has a blank, a line break or a letter in it "
            "that no key has. Set it anew, with nothing else in it."
        )
    try:
        with no_fork:
            sdk = openai.AsyncOpenAI(
                api_key=key or "none",  # servers of one's own ask for no key
                base_url=base_url or OPENAI,
                max_retries=0,
                timeout=_LONGEST,
            )
            finish_imports(sdk)
            return sdk
    except Exception:  # of httpx, about the proxies; it may quote a password
        raise LLMError(
            "The SDK cannot be opened with the proxies that the environment names. See "
            "to HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY: an address is written "
            "http://host:port, and socks5://host:port needs the package socksio."
        ) from None


def adopt_sdk(make: Callable[[], Any]) -> Any:
    """Open a client of the SDK that the user's function makes.

    Parameters
    ----------
    make : callable
        Returns an ``openai.AsyncOpenAI`` or ``openai.AsyncAzureOpenAI``.

    Returns
    -------
    openai.AsyncOpenAI
        The same, with its own retries off.

    Raises
    ------
    LLMError
        If it fails, or returns something else.
    """
    try:
        with no_fork:
            sdk = make()
            finish_imports(sdk)
    except LLMError:
        raise
    except Exception as error:
        # What it says may hold a key; its kind does not.
        raise LLMError(
            f"The function that was given as sdk= raises a {type(error).__name__}."
        ) from None
    if not hasattr(sdk, "chat") or not inspect.iscoroutinefunction(sdk.close):
        raise LLMError(
            "The function that was given as sdk= must return an openai.AsyncOpenAI or "
            f"an openai.AsyncAzureOpenAI; it returns a {type(sdk).__name__}."
        )
    sdk.max_retries, sdk.timeout = 0, _LONGEST
    return sdk


def silence_sdk() -> None:
    """Keep what the SDK logs from our threads out of every log."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in _CHATTY:
            logging.getLogger(name).addFilter(_silence)


def finish_imports(sdk: Any) -> None:
    """Import now what would be imported with the first request, maybe beside a fork.

    Parameters
    ----------
    sdk : openai.AsyncOpenAI
        An open client.
    """
    for name in ("chat", "files", "batches"):
        part = getattr(sdk, name, None)
        getattr(getattr(part, "completions", None), "with_raw_response", None)
    for name in ("anyio._backends._asyncio", "anyio.streams.memory", "jiter"):
        with suppress(ImportError):
            importlib.import_module(name)


class SDKTransport:
    """Sends chat completions.

    Parameters
    ----------
    sdk : openai.AsyncOpenAI
        An open client.
    key_source : str
        Where the key comes from, for messages.

    Attributes
    ----------
    sdk : openai.AsyncOpenAI
        The client.
    """

    def __init__(self, sdk: Any, key_source: str) -> None:
        self.sdk = sdk
        self._key_source = key_source

    async def send(
        self, request: Request, *, form: Form, timeout: float
    ) -> Reply | Failure:
        """Send a request once.

        Parameters
        ----------
        request : Request
            What to send.
        form : Form
            How to put it.
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
                # all the rest that it does. Nor does it make objects of the reply.
                raw = await self.sdk.chat.completions.with_raw_response.create(
                    model=request.model,
                    messages=[],
                    extra_body=request.body(form),
                    timeout=_limits(timeout),
                )
            completion = _parsed(raw.http_response.content)
        except TimeoutError:
            return Failure("time_out", may_be_billed=True)
        except Exception as error:
            # Into plain words at once: the error holds the key and the prompt.
            return self.explain(error, request)
        return read_completion(completion, request.prompt)

    async def close(self) -> None:
        """Close the connections."""
        await self.sdk.close()

    def explain(self, error: Exception, request: Request | None = None) -> Failure:
        """Say in plain words what an error of the SDK means.

        Parameters
        ----------
        error : Exception
            It may hold the key and the prompt, and must not get out.
        request : Request, default=None
            What was sent, where it was a request.

        Returns
        -------
        Failure
            Without either.
        """
        causes = list(causes_of(error))
        own = next((cause for cause in causes if isinstance(cause, LLMError)), None)
        if own is not None:
            return Failure("fatal", str(own))
        status = getattr(error, "status_code", None)
        if not isinstance(status, int):
            kinds = {kind.__name__ for cause in causes for kind in type(cause).__mro__}
            if "APITimeoutError" in kinds and "ConnectTimeout" not in kinds:
                return Failure("time_out", may_be_billed=True)
            if "APIConnectionError" not in kinds or kinds & _NOT_AS_AGREED:
                return Failure("bad_response", may_be_billed=True)
            message, is_final = explain_no_connection(error, str(self.sdk.base_url))
            reason = "fatal" if is_final else "no_connection"
            never_sent = is_final or bool(kinds & _NOT_CONNECTED)
            return Failure(reason, message, may_be_billed=not never_sent)
        if status < 400:
            return Failure("fatal", _REDIRECTED.format(status))
        code = plain_name(getattr(error, "code", None))
        prompt = "" if request is None else request.prompt
        # The error's own text is, in some versions, one field of what came.
        said = read_said(getattr(error, "body", None) or str(error))
        if 402 in (status, said.status) or is_out_of_credit(
            status, said.names, said.prose, prompt
        ):
            told = " ".join(filter(None, [str(status), code]))
            return Failure("fatal", f"The server {NO_MONEY} ({told}).")
        wait = read_retry_after(
            getattr(getattr(error, "response", None), "headers", {})
        )
        if status == 429:
            return Failure("rate_limited", retry_after=wait)
        names = list(filter(None, [code, plain_name(getattr(error, "param", ""))]))
        prose = " ".join([said.prose, *said.names])
        doubt = read_doubt(status, names, prose, prompt)
        if status in (408, 409) or status >= 500 or doubt == "answer":
            # What it does not know it has not worked on.
            return Failure(
                "server_error", retry_after=wait, may_be_billed=not doubt, doubt=doubt
            )
        options = () if request is None else request.options
        hint = hint_for(names, prose, prompt, options)
        told = " ".join([str(status), *names])
        return self._explain_rejection(status, code, told, hint, doubt)

    def _explain_rejection(
        self, status: int, code: str, told: str, hint: str, doubt: str
    ) -> Failure:
        kind = "fatal"
        if status in (401, 403):
            why = f"does not accept the key in {self._key_source}"
            # A firewall, or a filter before the model, may say so of a single text.
            kind = "fatal" if status == 401 else "forbidden"
            hint = ""  # whatever it names: the key is looked at first
        elif status == 404:
            why = "knows no such model, or no such address"
            if "/v1" not in str(self.sdk.base_url):
                hint = " As a rule base_url= ends in /v1."
        elif code == "content_filter":
            return Failure("refused")
        else:
            message = f"The server rejects the request ({told}).{hint}"
            return Failure("rejected", message, doubt=doubt)
        return Failure(kind, f"The server {why} ({told}).{hint}")


def _limits(timeout: float) -> Any:
    """Return limits of the SDK: whoever does not even connect is told apart in time."""
    from openai import Timeout

    return Timeout(_LONGEST, connect=min(_TO_CONNECT, 0.75 * timeout))


def _parsed(content: bytes) -> Any:
    """Return the JSON of a reply, or as a text what is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content[:_LONGEST_PAGE].decode("utf-8", "replace")
