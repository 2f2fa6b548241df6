"""Texts of a graph in a folder, embedded in parts: each text once, each part whole."""

from __future__ import annotations

import hashlib
import json
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.bulk.claims import alone, once
from sklearn_tagkd.bulk.keys import key_of_facts
from sklearn_tagkd.bulk.tasks import run_tasks
from sklearn_tagkd.datasets.digest import file_digest
from sklearn_tagkd.features.embedded_texts import MANIFEST, find_embedded_texts
from sklearn_tagkd.features.encoding.encoders import encode_checked, resolve_encoder
from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.graph.stored import BUILT, StoredGraph, open_store
from sklearn_tagkd.utils.array_files import ArrayFile, map_array
from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["embed_folder", "vectors_folder"]

_HASHED = 2**16  # texts whose digests are computed at a time
_TEXTS_PER_PART = 8192


def embed_folder(
    folder: str | PathLike[str],
    encoder: Any,
    *,
    dtype: str = "float16",
    texts_per_part: int = _TEXTS_PER_PART,
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
    if not isinstance(texts_per_part, Integral) or texts_per_part < 1:
        raise ValueError(
            f"texts_per_part must be an integer of at least 1; got {texts_per_part!r}."
        )
    texts_per_part = int(texts_per_part)
    name = resolve_encoder(encoder, device).cache_key
    if name is None:
        raise ValueError(
            f"{type(encoder).__name__} has no cache_key: nobody could tell its vectors "
            "from another encoder's. Give it one that is equal for equal vectors."
        )
    store = open_store(folder, verify=False)
    embedded = find_embedded_texts(store, name, dtype)
    if embedded is not None:
        return embedded.folder
    work = vectors_folder(store, name, dtype, texts_per_part)
    work.mkdir(exist_ok=True)
    known = work / "distinct.json"
    with once(known) as is_missing:
        if is_missing:
            _find_distinct(known, store.texts)
    n_distinct = int(_read_json(known)["n_distinct"])
    parts = [
        work / f"part-{number:05d}.npy"
        for number in range(-(-n_distinct // texts_per_part))
    ]
    tasks = {
        part: (
            store.folder,
            part,
            number * texts_per_part,
            texts_per_part,
            encoder,
            device,
            dtype,
        )
        for number, part in enumerate(parts)
    }
    run_tasks(_embed_part, tasks, n_jobs=n_jobs, title="embed texts", progress=progress)
    with alone(work / MANIFEST):
        if find_embedded_texts(store, name, dtype) is None:  # nor is a damaged one
            try:
                _refuse_widths({map_array(part).shape[1] for part in parts})
            except ValueError:  # none of them is to be believed
                for part in parts:
                    part.unlink()
                raise
            _describe(work, parts, name, dtype, store)
    return work


def vectors_folder(
    store: StoredGraph,
    encoder_key: str,
    dtype: str,
    texts_per_part: int = _TEXTS_PER_PART,
) -> Path:
    """Return where the vectors of a graph are, or will be.

    Parameters
    ----------
    store : StoredGraph
        A graph in a folder.
    encoder_key : str
        Of what embeds its texts.
    dtype : {'float16', 'float32'}
        Of the vectors.
    texts_per_part : int, default=8192
        Of a part, where there are none yet.

    Returns
    -------
    Path
        A folder in the one of what was built.
    """
    known = find_embedded_texts(store, encoder_key, dtype)
    if known is not None:
        return known.folder
    said = [encoder_key, dtype, texts_per_part, store.text_digest]
    key = key_of_facts(said)
    return store.folder / BUILT / f"embeddings-{key}"


def _refuse_widths(widths: set[int]) -> None:
    if len(widths) > 1:
        raise ValueError(
            f"The encoder gave {min(widths)} numbers for some texts and {max(widths)} "
            "for others; expected as many for all."
        )


def _describe(
    work: Path, parts: list[Path], encoder: str, dtype: str, store: StoredGraph
) -> None:
    described = {
        "encoder": encoder,
        "dtype": dtype,
        "text_digest": store.text_digest,
        "n_texts": len(store),
        **_read_json(work / "distinct.json"),
        "digests": {part.name: file_digest(part) for part in parts},
    }
    with replacing(work / MANIFEST) as path:
        path.write_text(json.dumps(described, indent=1), encoding="utf-8")


def _read_json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _find_distinct(known: Path, texts: PackedStrings) -> None:
    """Find equal texts; tell of every node which of the distinct ones it has."""
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
        with ArrayFile(known.with_name("places"), "<i8") as file:
            file.append(places)
        with ArrayFile(known.with_name("first"), "<i8") as file:
            file.append(np.sort(first))
    n_distinct = len(texts) - int(same.sum())
    with replacing(known) as path:
        path.write_text(json.dumps({"n_distinct": n_distinct}), encoding="utf-8")


def _embed_part(
    folder: Path,
    part: Path,
    start: int,
    n_texts: int,
    encoder: Any,
    device: str,
    dtype: str,
) -> None:
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
    _refuse_widths({len(rows[0]) for rows in found})
    vectors = np.concatenate(found)
    back = np.empty_like(vectors)
    back[order] = vectors
    return back
