"""Short names for what a file was made of; equal for equal things."""

from __future__ import annotations

import hashlib
import json
from typing import Any

__all__ = ["key_of_facts"]


def key_of_facts(facts: Any) -> str:
    """Name what JSON can hold.

    Parameters
    ----------
    facts : object
        What tells it from everything else.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    return hashlib.blake2b(json.dumps(facts).encode(), digest_size=8).hexdigest()
