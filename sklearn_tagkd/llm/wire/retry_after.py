"""How long a server asks to wait, in any of the forms that it may take."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

__all__ = ["read_retry_after"]

_NUMBER = re.compile(r"(\d{1,30}(?:\.\d{0,30})?) ?s?", re.ASCII | re.IGNORECASE)


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Read how long to wait.

    Parameters
    ----------
    headers : mapping of str to str
        Of a response.

    Returns
    -------
    float or None
        Seconds from now; None where nothing can be read.

    Examples
    --------
    >>> from sklearn_tagkd.llm.wire.retry_after import read_retry_after
    >>> read_retry_after({"retry-after": "2"})
    2.0
    >>> date = "Wed, 21 Oct 2015 07:28:00 GMT"
    >>> read_retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:09 GMT", "date": date})
    9.0
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after", "").strip()
    seconds = _number(text)
    if seconds is not None:
        return seconds
    until = _moment(text)
    if until is None:
        return None
    # By the server's clock, where it says what that shows.
    now = _moment(headers.get("date", ""))
    return max(until - (time.time() if now is None else now), 0.0)


def _number(text: str) -> float | None:
    """Return the greatest of the numbers: a header that is there twice is joined."""
    found = [_NUMBER.fullmatch(part.strip()) for part in text.split(",")]
    numbers = [float(match[1]) for match in found if match]
    return max(numbers) if len(numbers) == len(found) else None


def _moment(text: str) -> float | None:
    """Return a date as seconds since the epoch; one without a zone is in GMT."""
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        with suppress(ValueError, TypeError, OverflowError):
            found = read(text.strip().replace("Z", "+00:00"))
            if found.tzinfo is None:
                found = found.replace(tzinfo=UTC)
            return found.timestamp()
    return None
