"""One cache before every encoder: raw texts, keywords, messages, folds, candidates."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from weakref import ref

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import NDArray

from sklearn_tagkd.features.encoding.encoders import (
    NamedEncoder,
    TextEncoder,
    encode_checked,
    resolve_encoder,
)
from sklearn_tagkd.features.encoding.pace import Pace, in_tasks
from sklearn_tagkd.features.encoding.store import EmbeddingStore, text_key
from sklearn_tagkd.utils.cache_folder import cache_folder
from sklearn_tagkd.utils.large_arrays import is_large
from sklearn_tagkd.utils.nameless_files import nameless_rows
from sklearn_tagkd.utils.progress import progress_bar

__all__ = ["embed_texts", "unknown_texts"]

_LOOKED_UP = 20_000  # vectors read from disk at once
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
_by_object: dict[int, tuple[ref[TextEncoder], _Memory]] = {}  # by id, while it lives


def embed_texts(
    texts: Sequence[str],
    encoder: Any,
    *,
    device: str = "auto",
    progress: bool | str = "auto",
    n_jobs: int | None = None,
) -> NDArray[np.float32]:
    """Embed texts, each distinct text once, ever.

    Parameters
    ----------
    texts : sequence of str
        At least one text; repeated ones are encoded once.
    encoder : str or TextEncoder
        Name or folder of a sentence-transformers model, ``'hashing'``, or an
        object with ``encode``. ``':bfloat16'`` after a name computes in half precision.
    device : str, default='auto'
        Where a sentence-transformers model runs.
    progress : bool or 'auto', default='auto'
        Whether to show a progress bar.
    n_jobs : int, default=None
        Processes that encode, each with a model of its own; -1 for one per core.
        None is 1, or what ``joblib.parallel_config`` says. On a GPU one is best.

    Returns
    -------
    ndarray of float32 of shape (n_texts, n_dimensions)
        One row per text. From a gibibyte on it lies in a file without a name in the
        cache folder.

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
    places: dict[bytes, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    rows = _Rows(places, folder)
    rows.fill_known(memory.get(list(places)))
    if store is not None:
        for start in range(0, len(places), _LOOKED_UP):
            wanted = [k for k in rows.order[start : start + _LOOKED_UP] if k in places]
            on_disk = store.get(wanted)
            memory.put(on_disk)
            rows.fill_known(on_disk)
    while places:  # a second time where what was known proved wrong
        # Texts of one length fill a batch without padding; the longest come first, so
        # that what does not fit into memory fails at once.
        missing = sorted(places, key=lambda key: -len(texts[places[key][0]]))
        some = [texts[places[key][0]] for key in missing]
        n_processes = min(effective_n_jobs(n_jobs), len(missing))
        encoded = _encode(some, named, n_processes)
        with progress_bar(len(missing), "embed texts", "text", progress) as bar:
            for part, vectors in encoded:
                keys_of_part = missing[part]
                if store is not None:
                    store.put(keys_of_part, vectors)
                fresh = dict(zip(keys_of_part, vectors, strict=True))
                memory.put(fresh)
                rows.fill(fresh)
                bar.update(len(keys_of_part))
    return rows.matrix


def unknown_texts(
    texts: Sequence[str], encoder: Any, *, device: str = "auto"
) -> list[str]:
    """Return the texts that :func:`embed_texts` would have to encode.

    Parameters
    ----------
    texts : sequence of str
        Any number.
    encoder : str or TextEncoder
        As for :func:`embed_texts`.
    device : str, default='auto'
        Where a sentence-transformers model would run.

    Returns
    -------
    list of str
        Those that are in no cache, each once.
    """
    named = resolve_encoder(encoder, device)
    by_key = {text_key(text): text for text in texts}
    known = set(_memory_of(named, encoder).get(list(by_key)))
    folder = cache_folder()
    if folder and named.cache_key:
        left = [key for key in by_key if key not in known]
        store = EmbeddingStore(folder, named.cache_key)
        for start in range(0, len(left), _LOOKED_UP):
            known |= store.get(left[start : start + _LOOKED_UP]).keys()
    return [text for key, text in by_key.items() if key not in known]


def _encode(
    texts: list[str], named: NamedEncoder, n_processes: int
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Return which texts have which vectors, as they come, here or from processes."""
    batches = list(named.batches(texts))
    if n_processes == 1:
        model = named.load()  # before a bar begins to stand still
        pace = Pace(batches, named.n_side_by_side)
        return ((part, encode_checked(model, texts[part])) for part in pace)
    pool = Parallel(n_processes, return_as="generator_unordered", pre_dispatch="n_jobs")
    found: Iterator[tuple[slice, NDArray[np.float32]]] = pool(
        delayed(_encode_part)(named.load, part, texts[part])
        for part in in_tasks(batches, n_processes)
    )
    return found


def _encode_part(
    load: Callable[[], TextEncoder], part: slice, texts: list[str]
) -> tuple[slice, NDArray[np.float32]]:
    return part, encode_checked(load(), texts)  # a named model is loaded once


class _Rows:
    """The result, filled as vectors come in; a large one lies in a file.

    Parameters
    ----------
    places : dict of bytes to list of int
        Which rows each text still has to fill; emptied on the way.
    folder : Path or None
        Where the file may lie.
    """

    def __init__(self, places: dict[bytes, list[int]], folder: Path | None) -> None:
        self._places, self._folder = places, folder
        self._n_rows = sum(map(len, places.values()))
        self.order = list(places)
        self._known: dict[bytes, list[int]] = {}
        self._n_fresh = 0
        self.matrix: NDArray[np.float32] = np.empty((0, 0), dtype=np.float32)

    def fill_known(self, vectors: dict[bytes, NDArray[np.float32]]) -> None:
        """Fill in what was kept; of other widths than the first is computed anew."""
        for key, vector in vectors.items():
            if not len(self.matrix):
                self.matrix = self._allocate(len(vector))
            if len(vector) == self.matrix.shape[1]:
                self._known[key] = self._places.pop(key)
                self.matrix[self._known[key]] = vector

    def fill(self, vectors: dict[bytes, NDArray[np.float32]]) -> None:
        """Fill in what an encoder gave just now; it says how wide vectors are."""
        width = len(next(iter(vectors.values())))
        if self._n_fresh and width != self.matrix.shape[1]:
            raise ValueError(
                f"The encoder gave {self.matrix.shape[1]} numbers for some texts and "
                f"{width} for others; expected as many for all."
            )
        if not len(self.matrix) or width != self.matrix.shape[1]:
            self._places.update(self._known)  # of another width: it is wrong
            self._known.clear()
            self.matrix = self._allocate(width)
        for key, vector in vectors.items():
            self.matrix[self._places.pop(key)] = vector
        self._n_fresh += len(vectors)

    def _allocate(self, width: int) -> NDArray[np.float32]:
        shape = (self._n_rows, width)
        if self._folder is None or not is_large(shape):
            return np.empty(shape, dtype=np.float32)
        self._folder.mkdir(parents=True, exist_ok=True)
        return nameless_rows(self._folder, shape)


def _memory_of(named: NamedEncoder, encoder: Any) -> _Memory:
    if named.cache_key is not None:
        return _by_name.setdefault(named.cache_key, _Memory())
    key = id(encoder)
    alive, memory = _by_object.get(key, (None, _Memory()))
    if alive is None or alive() is not encoder:
        try:
            alive = ref(encoder, lambda _: _by_object.pop(key, None))
        except TypeError:  # it cannot be referred to weakly: no memory for it
            return _Memory()
        _by_object[key] = alive, memory
    return memory
