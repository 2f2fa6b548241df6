"""One cache before every encoder: raw texts, keywords, messages, folds, candidates."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.encoding.encoders import (
    NamedEncoder,
    TextEncoder,
    encode_checked,
    resolve_encoder,
)
from sklearn_tagkd.encoding.store import EmbeddingStore, cache_folder, text_key
from sklearn_tagkd.utils.progress import progress_bar

__all__ = ["embed_texts"]

_CHUNK = 512  # texts encoded between two writes to disk: what a kill may lose
_MEMORY_LIMIT = 2**28  # bytes of vectors kept in memory per encoder


class _Memory:
    """The most recently used vectors of one encoder."""

    def __init__(self) -> None:
        self._vectors: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        with self._lock:
            known = {key: self._vectors[key] for key in keys if key in self._vectors}
            for key in known:
                self._vectors.move_to_end(key)
        return known

    def put(self, vectors: dict[bytes, NDArray[np.float32]]) -> None:
        if not vectors:
            return
        per_vector = next(iter(vectors.values())).nbytes + 200  # and Python's own
        with self._lock:
            self._vectors.update(vectors)
            while len(self._vectors) * per_vector > _MEMORY_LIMIT:
                self._vectors.popitem(last=False)


_by_name: dict[str, _Memory] = {}
_by_object: WeakKeyDictionary[TextEncoder, _Memory] = WeakKeyDictionary()


def embed_texts(
    texts: Sequence[str],
    encoder: Any,
    *,
    device: str = "auto",
    progress: bool | str = "auto",
) -> NDArray[np.float32]:
    """Embed texts, each distinct text once, ever.

    Parameters
    ----------
    texts : sequence of str
        At least one text; repeated ones are encoded once.
    encoder : str or TextEncoder
        Name or folder of a sentence-transformers model, ``'hashing'``, or an
        object with ``encode``.
    device : str, default='auto'
        Where a sentence-transformers model runs.
    progress : bool or 'auto', default='auto'
        Whether to show a progress bar.

    Returns
    -------
    ndarray of float32 of shape (n_texts, n_dimensions)
        One row per text.

    Raises
    ------
    EncoderNotFoundError
        If the weights of a named encoder cannot be had.
    ValueError
        If the encoder gives something that is no matrix of finite numbers.

    Examples
    --------
    >>> from sklearn_tagkd.encoding import embed_texts
    >>> embed_texts(["a graph", "a tree", "a graph"], "hashing").shape
    (3, 1024)
    """
    named = resolve_encoder(encoder, device)
    memory = _memory_of(named, encoder)
    folder = cache_folder()
    store = (
        EmbeddingStore(folder, named.cache_key) if folder and named.cache_key else None
    )
    keys = [text_key(text) for text in texts]
    first_place = {key: place for place, key in reversed(list(enumerate(keys)))}
    known = memory.get(list(first_place))
    missing = [key for key in first_place if key not in known]
    if missing and store is not None:
        on_disk = store.get(missing)
        known.update(on_disk)
        memory.put(on_disk)
        missing = [key for key in missing if key not in known]
    if missing:
        missing.sort(key=lambda key: -len(texts[first_place[key]]))  # even batches
        model = named.load()
        with progress_bar(len(missing), "embed texts", "text", progress) as bar:
            for start in range(0, len(missing), _CHUNK):
                chunk = missing[start : start + _CHUNK]
                vectors = encode_checked(model, [texts[first_place[k]] for k in chunk])
                fresh = dict(zip(chunk, vectors, strict=True))
                if store is not None:
                    store.put(chunk, vectors)
                memory.put(fresh)
                known.update(fresh)
                bar.update(len(chunk))
    return np.stack([known[key] for key in keys])


def _memory_of(named: NamedEncoder, encoder: Any) -> _Memory:
    if named.cache_key is not None:
        return _by_name.setdefault(named.cache_key, _Memory())
    try:
        return _by_object.setdefault(encoder, _Memory())
    except TypeError:  # neither hashable nor weakly referable: no memory for it
        return _Memory()
