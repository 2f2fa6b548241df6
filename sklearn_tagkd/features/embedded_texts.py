"""Vectors of a graph in a folder that were written before: found by their manifests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from sklearn_tagkd.features.row_parts import RowParts, SharedRows
from sklearn_tagkd.features.stored_rows import open_rows
from sklearn_tagkd.graph.stored import BUILT, StoredGraph

__all__ = ["MANIFEST", "EmbeddedTexts", "find_embedded_texts"]

MANIFEST = "parts.json"  # written last: where it is, all parts are
_DTYPES = ("float32", "float16")  # the more exact ones first


@dataclass(frozen=True)
class EmbeddedTexts:
    """Vectors of all texts of a graph, in files.

    Parameters
    ----------
    folder : Path
        Where they are.
    encoder : str
        The cache key of what embedded them.
    dtype : {'float32', 'float16'}
        Of the numbers.
    """

    folder: Path
    encoder: str
    dtype: str

    def rows(self) -> RowParts | SharedRows:
        """Map them: one row per node, of which none is held in memory.

        Returns
        -------
        RowParts or SharedRows of shape (n_nodes, n_dimensions)
            ``read(slice)`` reads rows next to one another, ``take(positions)`` any.
        """
        return open_rows(self.folder)


def find_embedded_texts(
    store: StoredGraph, encoder_key: str, dtype: str | None = None
) -> EmbeddedTexts | None:
    """Find what ``embed_folder`` wrote of a graph's texts.

    However many texts a part holds, it counts; unfinished folders, and those of other
    texts or of another encoder, do not.

    Parameters
    ----------
    store : StoredGraph
        A graph in a folder.
    encoder_key : str
        ``resolve_encoder(encoder, device).cache_key``.
    dtype : {'float32', 'float16'}, default=None
        Of what is wanted; None takes float32 before float16.

    Returns
    -------
    EmbeddedTexts or None
        None where there is nothing of this kind.
    """
    found: dict[str, EmbeddedTexts] = {}
    for manifest in sorted((store.folder / BUILT).glob(f"embeddings-*/{MANIFEST}")):
        embedded = _described(manifest, store, encoder_key)
        if embedded is not None:
            found.setdefault(embedded.dtype, embedded)
    wanted = _DTYPES if dtype is None else (dtype,)
    return next((found[kind] for kind in wanted if kind in found), None)


def _described(
    manifest: Path, store: StoredGraph, encoder_key: str
) -> EmbeddedTexts | None:
    try:
        said = json.loads(manifest.read_text(encoding="utf-8"))
        is_meant = (said["encoder"], said["text_digest"]) == (
            encoder_key,
            store.text_digest,
        )
        if not is_meant or said["dtype"] not in _DTYPES:
            return None
        names = sorted(said["digests"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None  # damaged, or of an older version
    parts = sorted(path.name for path in manifest.parent.glob("*.npy"))
    if parts != names:
        return None
    return EmbeddedTexts(manifest.parent, encoder_key, said["dtype"])
