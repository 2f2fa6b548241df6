"""The address of a server, mended or refused before anything is sent there."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

__all__ = ["OPENAI", "check_base_url", "host_of", "is_openai"]

OPENAI = "https://api.openai.com/v1"
_ENDPOINT = "/chat/completions"  # the SDK adds it


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
    url = base_url.strip()
    if not url:
        return None
    if re.search(r"[\s\x00-\x1f\x7f]", url):
        raise ValueError(f"{name} has a blank or a line break in it. Take it out.")
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url):
        if not _is_here(_host(f"http://{url}", name)):
            raise ValueError(
                f"{name} must begin with https:// or http://, and does not. Say which: "
                f"base_url='https://{_host(f'http://{url}', name)}/...'."
            )
        url = f"http://{url}"
    host = _host(url, name)
    if urlsplit(url).scheme.lower() not in ("http", "https") or not host:
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
    bare = url.rstrip("/")
    return bare.removesuffix(_ENDPOINT) if bare.endswith(_ENDPOINT) else url


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
