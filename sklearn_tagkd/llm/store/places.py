"""Which file keeps the answers of a server."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from sklearn_tagkd.llm.store.answer_store import AnswerStore
from sklearn_tagkd.llm.wire.address import host_of
from sklearn_tagkd.utils.cache_folder import cache_folder

__all__ = ["find_store"]


def find_store(
    store: str | Path | AnswerStore | None, base_url: str | None, *, has_sdk: bool
) -> AnswerStore | None:
    """Return where to keep answers.

    Parameters
    ----------
    store : str, Path, AnswerStore or None
        What the user says.
    base_url : str or None
        Address of the server, checked; None is OpenAI.
    has_sdk : bool
        Whether a function of the user's decides the address.

    Returns
    -------
    AnswerStore or None
        One per server in the cache folder, where the user does not say; None where
        there is no such folder, or nobody knows which server it is.
    """
    if isinstance(store, AnswerStore):
        return store
    if store is not None:
        return AnswerStore(store)
    folder = cache_folder()
    if folder is None or (has_sdk and base_url is None):
        return None
    # One file per server: what a server for tests says under a model's name must
    # not pass for what that model says.
    name = "openai"
    if base_url is not None:
        digest = hashlib.blake2b(base_url.encode(), digest_size=4).hexdigest()
        name = re.sub(r"[^A-Za-z0-9.-]+", "_", host_of(base_url))[-60:] + f"-{digest}"
    return AnswerStore(folder / "answers" / f"{name}.sqlite")
