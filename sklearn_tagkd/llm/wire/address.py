"""The address of a server, mended or refused before anything is sent there."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

__all__ = ["OPENAI", "check_base_url", "host_of", "is_openai"]

OPENAI = "https://api.openai.com/v1"
# What a page of documentation shows to be called; the SDK adds it.
_ENDPOINT = re.compile(
    r"/+(?:(?:chat/)?completions|responses|embeddings)/*$", re.IGNORECASE
)
_AROUND = "\"'`<>\ufeff\u200b\u2060"  # what is copied along


def check_base_url(base_url: str | None, name: str = "base_url") -> str | None:
    """Return an address as the SDK takes it.

    Parameters
    ----------
    base_url : str or None
        What was given.
    name : str, default='base_url'
        Where, for messages.

    Returns
    -------
    str or None
        Without blanks around it and without ``/chat/completions``; a server on this
        machine may lack its ``http://``. None where nothing was given.

    Raises
    ------
    ValueError
        If it is no address. The message shows of it no more than the host: it may
        hold a password.

    Examples
    --------
    >>> from sklearn_tagkd.llm.wire.address import check_base_url
    >>> check_base_url("localhost:8000/v1/chat/completions")
    'http://localhost:8000/v1'
    """
    if base_url is None:
        return None
    if not isinstance(base_url, str):
        raise ValueError(
            f"{name} must be a string such as 'http://localhost:8000/v1'; got a "
            f"{type(base_url).__name__}."
        )
    url = base_url.strip().strip(_AROUND).strip()
    if not url:
        return None
    if re.search(r"[\s\\\x00-\x1f\x7f]", url) or not url.isprintable():
        raise ValueError(
            f"{name} has a blank, a line break, a backslash or a sign in it that "
            "nobody sees. Take it out."
        )
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/|https?/", url):
        if not _is_here(_host(f"http://{url}", name)):
            raise ValueError(
                f"{name} must begin with https:// or http://, and does not. Say which: "
                f"base_url='https://{_host(f'http://{url}', name)}/...'."
            )
        url = f"http://{url}"
    host = _host(url, name)
    is_web = urlsplit(url).scheme.lower() in ("http", "https")
    if not is_web or host in ("", "http", "https"):  # or http:// stands there twice
        raise ValueError(
            f"{name} must be an address of the web such as 'http://localhost:8000/v1': "
            "http:// or https://, and a host."
        )
    if "#" in url or "?" in url:
        names = re.findall(r"[?&]([\w.-]{1,40})=", url)
        asked = ", ".join(f'"{key}": ...' for key in names) or "..."
        raise ValueError(
            f"{name} must end with the path, and has a query behind it. Pass that as "
            f"query={{{asked}}}, and base_url= without it."
        )
    return _ENDPOINT.sub("", url)


def host_of(base_url: str | None) -> str:
    """Return the host of an address.

    Parameters
    ----------
    base_url : str or None
        Checked; None is OpenAI.

    Returns
    -------
    str
        Without the rest, which may hold a password.
    """
    return urlsplit(base_url or OPENAI).hostname or ""


def is_openai(base_url: str | None) -> bool:
    """Tell whether an address is OpenAI's own, its regions included.

    Parameters
    ----------
    base_url : str or None
        Checked; None is OpenAI.

    Returns
    -------
    bool
        False for others who sell its models.
    """
    return f".{host_of(base_url)}".endswith(".openai.com")


def _host(url: str, name: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
        return parts.hostname or ""
    except ValueError:
        raise ValueError(
            f"{name} has a port or a host that is none. It is written like "
            "'http://localhost:8000/v1'."
        ) from None


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
