"""Texts of a graph in a folder, embedded in parts: each text once, each part whole."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.bulk.claims import claimed, wait_for
from sklearn_tagkd.bulk.tasks import run_tasks
from sklearn_tagkd.datasets.digest import file_digest
from sklearn_tagkd.features.embedded_texts import MANIFEST, find_embedded_texts
from sklearn_tagkd.features.encoding.encoders import encode_checked, resolve_encoder
from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.graph.stored import BUILT, open_store
from sklearn_tagkd.utils.array_files import ArrayFile, map_array
from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["embed_folder"]

_HASHED = 2**16  # texts whose digests are computed at a time
_STALE = 60.0  # seconds after which a file that was begun has no writer any more


def embed_folder(
    folder: str | PathLike[str],
    encoder: Any,
    *,
    dtype: str = "float16",
    texts_per_part: int = 8192,
    device: str = "auto",
    n_jobs: int | None = None,
    progress: bool | str = "auto",
) -> Path:
    """Embed the texts of a graph in a folder, part by part.

    Equal texts are encoded once, and what is there already is returned: links that
    change, or parts of another size, encode nothing anew. A part is written under
    another name and renamed: run again after a kill, it goes on, and the files are the
    same to the byte. Several processes, on machines that share the folder, may run it
    at the same time: each part is claimed by one of them, and taken over where that one
    is gone.

    Parameters
    ----------
    folder : str or PathLike
        Where :func:`build_links` built a graph.
    encoder : str or TextEncoder
        Name or folder of a sentence-transformers model, ``'hashing'``, or an object
        with ``encode`` and a string ``cache_key`` that says which it is. The one of the
        model that will predict: with ``':bfloat16'`` after the name where that has it.
    dtype : {'float16', 'float32'}, default='float16'
        Of what is written. :func:`predict_folder` takes either, and says so where
        float16 moves probabilities.
    texts_per_part : int, default=8192
        What a kill may lose. Other parts make other batches, which decide the last bits
        of a vector.
    device : str, default='auto'
        Where a sentence-transformers model runs.
    n_jobs : int, default=None
        Processes; None is 1, or what ``joblib.parallel_config`` says. On a GPU one is
        best.
    progress : bool or 'auto', default='auto'
        Whether to show a progress bar.

    Returns
    -------
    Path
        A folder of rows, for :func:`propagate_folder` and :func:`predict_folder`.

    Raises
    ------
    FileNotFoundError
        If no graph was built there.
    ValueError
        If the encoder has no name, gives something that is no matrix of finite numbers,
        or numbers that ``dtype`` cannot hold.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np, pandas as pd
    >>> from sklearn_tagkd.bulk import build_links, embed_folder
    >>> folder = Path(tempfile.mkdtemp())
    >>> nodes = pd.DataFrame({"node": ["a", "b"], "text": ["a goal", "a vote"]})
    >>> nodes.to_parquet(folder / "nodes.parquet")
    >>> edges = pd.DataFrame({"source": ["a"], "target": ["b"]})
    >>> edges.to_parquet(folder / "edges.parquet")
    >>> report = build_links(folder)
    >>> [path.name for path in sorted(embed_folder(folder, "hashing").glob("*.npy"))]
    ['part-00000.npy']
    """
    if dtype not in ("float16", "float32"):
        raise ValueError(f"dtype must be 'float16' or 'float32'; got {dtype!r}.")
    if texts_per_part < 1:
        raise ValueError(f"texts_per_part must be at least 1; got {texts_per_part}.")
    name = resolve_encoder(encoder, device).cache_key
    if name is None:
        raise ValueError(
            f"{type(encoder).__name__} has no cache_key: nobody could tell its vectors "
            "from another encoder's. Give it one that is equal for equal vectors."
        )
    store = open_store(folder, verify=False)
    known = find_embedded_texts(store, name, dtype)
    if known is not None:
        return known.folder
    said = [name, dtype, texts_per_part, store.text_digest]
    key = hashlib.blake2b(json.dumps(said).encode(), digest_size=8).hexdigest()
    work = store.folder / BUILT / f"embeddings-{key}"
    work.mkdir(exist_ok=True)
    n_distinct = _find_distinct(work, store.texts)
    parts = [
        work / f"part-{number:05d}.npy"
        for number in range(-(-n_distinct // texts_per_part))
    ]
    tasks = [
        (
            store.folder,
            part,
            number * texts_per_part,
            texts_per_part,
            encoder,
            device,
            dtype,
        )
        for number, part in enumerate(parts)
    ]
    missing = parts
    while missing:
        todo = [task for task in tasks if task[1] in set(missing)]
        run_tasks(
            _embed_part, todo, n_jobs=n_jobs, title="embed texts", progress=progress
        )
        missing = wait_for(parts)  # of others that died, what they had begun
    _sweep(work)
    described = {
        "encoder": name,
        "dtype": dtype,
        "text_digest": store.text_digest,
        "texts_per_part": texts_per_part,
        "n_texts": len(store),
        "n_distinct": n_distinct,
        "digests": {part.name: file_digest(part) for part in parts},
    }
    with replacing(work / MANIFEST) as path:
        path.write_text(json.dumps(described, indent=1), encoding="utf-8")
    return work


def _find_distinct(work: Path, texts: PackedStrings) -> int:
    """Find equal texts; tell of every node which of the distinct ones it has."""
    known = work / "distinct.json"
    if known.is_file():
        return int(json.loads(known.read_text(encoding="utf-8"))["n_distinct"])
    digests = np.empty(len(texts), dtype="V16")
    for start in range(0, len(texts), _HASHED):
        stop = min(start + _HASHED, len(texts))
        digests[start:stop] = np.frombuffer(
            b"".join(
                hashlib.blake2b(texts[place].encode(), digest_size=16).digest()
                for place in range(start, stop)
            ),
            dtype="V16",
        )
    halves = digests.view(np.uint64).reshape(-1, 2).T
    order = np.lexsort((np.arange(len(texts)), *halves))
    same = (halves[:, order[1:]] == halves[:, order[:-1]]).all(axis=0)
    if same.any():
        # Of equal texts the first stands for all, and texts keep its order.
        group = np.cumsum(np.concatenate([[True], ~same])) - 1
        first = order[np.concatenate([[True], ~same])]
        rank = np.empty(len(first), dtype=np.int64)
        rank[np.argsort(first)] = np.arange(len(first))
        places = np.empty(len(texts), dtype=np.int64)
        places[order] = rank[group]
        with ArrayFile(work / "places", "<i8") as file:
            file.append(places)
        with ArrayFile(work / "first", "<i8") as file:
            file.append(np.sort(first))
    n_distinct = len(texts) - int(same.sum())
    with replacing(known) as path:
        path.write_text(json.dumps({"n_distinct": n_distinct}), encoding="utf-8")
    return n_distinct


def _sweep(work: Path) -> None:
    """Remove what those that were killed had begun; nobody else takes a minute."""
    for begun in work.glob(".*.unfinished"):
        with suppress(FileNotFoundError):  # another one sweeps too
            if time.time() - begun.stat().st_mtime > _STALE:
                begun.unlink()


def _embed_part(
    folder: Path,
    part: Path,
    start: int,
    n_texts: int,
    encoder: Any,
    device: str,
    dtype: str,
) -> None:
    with claimed(part) as is_ours:
        if not is_ours:
            return
        store = open_store(folder, verify=False)
        nodes: NDArray[np.int64] = np.arange(start, min(start + n_texts, len(store)))
        if (part.parent / "first").is_file():
            first = map_array(part.parent / "first")
            nodes = np.asarray(first[start : start + n_texts])
        vectors = _encode(store.texts.take(nodes), encoder, device)
        with np.errstate(over="ignore"):
            stored = vectors.astype(dtype)
        if not np.isfinite(stored).all():
            raise ValueError(
                f"The encoder's numbers go up to {np.abs(vectors).max():.3g}, which "
                f"{dtype} cannot hold. Give dtype='float32'."
            )
        with ArrayFile(part, dtype, stored.shape[1]) as file:
            file.append(stored)


def _encode(texts: list[str], encoder: Any, device: str) -> NDArray[np.float32]:
    """Embed texts in batches that hang on these texts alone."""
    named = resolve_encoder(encoder, device)
    order = np.array(sorted(range(len(texts)), key=lambda i: -len(texts[i])))
    model = named.load()
    by_length = [texts[place] for place in order]
    found = [
        encode_checked(model, by_length[batch]) for batch in named.batches(by_length)
    ]
    vectors = np.concatenate(found)
    back = np.empty_like(vectors)
    back[order] = vectors
    return back
