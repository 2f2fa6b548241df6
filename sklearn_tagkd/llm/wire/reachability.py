"""Why there is no connection to a server, in words that say what to do."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

__all__ = ["causes_of", "explain_no_connection"]


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that led to it.

    Parameters
    ----------
    error : BaseException
        What was caught.

    Yields
    ------
    BaseException
        The error, its cause, the cause's cause, members of groups included.
    """
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [e for e in (one.__cause__, one.__context__) if e is not None]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


def explain_no_connection(error: BaseException, url: str) -> tuple[str, bool]:
    """Say why there is no connection.

    Parameters
    ----------
    error : BaseException
        What the SDK raised.
    url : str
        Address of the server.

    Returns
    -------
    message : str
        Of the address no more than host and port.
    is_final : bool
        Whether another try comes to the same.
    """
    parts = urlsplit(url)
    where = f"{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    proxy = _proxy_variable(parts.scheme, parts.hostname or "")
    errors = list(causes_of(error))
    if proxy is not None and not any(isinstance(e, ssl.SSLError) for e in errors):
        return (
            "There is no connection to the server: the way leads through the proxy "
            f"that {proxy} names, and that gives none. See to {proxy}, or list "
            f"{parts.hostname} in NO_PROXY.",
            False,
        )
    # First: a handshake that nobody answers leaves an SSLError of its own behind.
    if any(type(one).__name__ == "ConnectTimeout" for one in errors):
        tls = parts.scheme == "https"
        also = " It may speak no TLS: try http:// in place of https://." if tls else ""
        return (
            f"There is no connection to the server: {where} does not react. See to "
            "host and port in base_url=, and to firewalls on the way; run the same "
            f"again.{also}",
            False,
        )
    for one in errors:
        if isinstance(one, ssl.SSLCertVerificationError):
            return (
                f"There is no connection to the server: the certificate of {where} is "
                "not one that this machine trusts. Where it is your company's own, set "
                "SSL_CERT_FILE to the file that vouches for it.",
                True,
            )
        if isinstance(one, ssl.SSLError):
            return (
                f"There is no connection to the server: {where} does not speak TLS. "
                "Pass base_url= with http:// in place of https://.",
                True,
            )
        if isinstance(one, socket.gaierror):
            return (
                f"There is no connection to the server: nobody knows the name {where}. "
                "See to base_url=, and to the network.",
                False,
            )
        if isinstance(one, ConnectionRefusedError):
            return (
                f"There is no connection to the server: nothing listens at {where} "
                "(connection refused). Start the server, or see to base_url=.",
                False,
            )
    return (
        f"There is no connection to the server: {where} cuts it, or cannot be reached. "
        "See to the network and to base_url=, and run the same again.",
        False,
    )


def _proxy_variable(scheme: str, host: str) -> str | None:
    """Return the name of the variable that puts a proxy in the way.

    Its value is not looked at: it may hold a password.
    """
    if proxy_bypass(host) or not {scheme, "all"} & getproxies().keys():
        return None
    for wanted in (f"{scheme}_proxy", "all_proxy"):
        for name, value in os.environ.items():
            if name.lower() == wanted and value:
                return name
    return None
