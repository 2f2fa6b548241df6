"""Random streams that nobody else draws from."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

__all__ = ["private_stream"]


def private_stream(random_state: Any, purpose: str) -> np.random.RandomState:
    """Return a stream that depends on a seed and on what it is for.

    Seeds are small and popular. A table that was shuffled with ``random_state=0``, and
    whose rows are then ranked by the permutation that ``random_state=0`` gives, is in
    its old order again. So what ranks nodes comes from no stream that a seed alone
    gives.

    Parameters
    ----------
    random_state : int, RandomState instance or None
        A seed; an instance is drawn from; None is another stream every time.
    purpose : str
        What is drawn; another purpose is another stream.

    Returns
    -------
    RandomState
        The same for the same seed and purpose.

    Examples
    --------
    >>> from sklearn_tagkd.utils.streams import private_stream
    >>> private_stream(0, "example").randint(100, size=3).tolist()
    [16, 93, 92]
    """
    if random_state is None or not isinstance(random_state, int | np.integer):
        random_state = check_random_state(random_state).randint(2**31 - 1)
    digest = hashlib.blake2b(f"{int(random_state)} {purpose}".encode(), digest_size=32)
    words = np.frombuffer(digest.digest(), dtype="<u4").astype(np.uint32)
    return np.random.RandomState(words)
