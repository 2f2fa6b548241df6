"""Embeddings on disk: one small database per encoder, safe for many processes."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.utils.cache_folder import CACHE_VARIABLE

__all__ = ["EmbeddingStore", "text_key"]

_BATCH = 10_000  # keys per query, under SQLite's limit of bound variables


def text_key(text: str) -> bytes:
    """Return the key of a text: a hash, from which the text cannot be read.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    bytes of length 16
        Equal for equal texts.
    """
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class EmbeddingStore:
    """Vectors by text key, in one SQLite file.

    A cache only: where it cannot be used, a warning says why and work goes on
    without it.

    Parameters
    ----------
    folder : Path
        Folder of the file; made when first written to.
    encoder_key : str
        Name of the encoder; decides the file.
    """

    def __init__(self, folder: Path, encoder_key: str) -> None:
        slug = re.sub(r"[^A-Za-z0-9.-]+", "_", encoder_key)[-60:]
        digest = hashlib.blake2b(encoder_key.encode(), digest_size=4).hexdigest()
        self.path = folder / "embeddings" / f"{slug}-{digest}.sqlite"

    def get(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """Look vectors up.

        Parameters
        ----------
        keys : sequence of bytes
            Text keys.

        Returns
        -------
        dict of bytes to ndarray of float32 of shape (n_dimensions,)
            Those that are known.
        """
        found: dict[bytes, NDArray[np.float32]] = {}
        if not self.path.exists():
            return found
        with self._forgiving(), closing(self._open()) as connection:
            for start in range(0, len(keys), _BATCH):
                batch = keys[start : start + _BATCH]
                marks = ",".join("?" * len(batch))
                query = f"SELECT key, vector FROM embeddings WHERE key IN ({marks})"
                for key, vector in connection.execute(query, batch):
                    found[key] = np.frombuffer(vector, dtype="<f4")
        return found

    def put(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Keep vectors.

        Parameters
        ----------
        keys : sequence of bytes
            Text keys.
        vectors : ndarray of float32 of shape (n_keys, n_dimensions)
            One row per key.
        """
        rows = [
            (key, vector.astype("<f4").tobytes())
            for key, vector in zip(keys, vectors, strict=True)
        ]
        with self._forgiving():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._open()) as connection, connection:
                connection.executemany(
                    "INSERT OR IGNORE INTO embeddings VALUES (?, ?)", rows
                )

    def _open(self) -> sqlite3.Connection:
        # A connection per call: none is shared between threads or forks.
        connection = sqlite3.connect(self.path, timeout=60)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS embeddings (key BLOB PRIMARY KEY, vector BLOB)"
            " WITHOUT ROWID"
        )
        return connection

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            warnings.warn(
                f"The embedding cache {self.path} cannot be used ({error}); "
                "embeddings are computed anew. Delete the file, or set the environment "
                f"variable {CACHE_VARIABLE} to another folder or to 'off'.",
                UserWarning,
                stacklevel=2,
            )
