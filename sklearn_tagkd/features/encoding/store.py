"""Embeddings on disk: one small database per encoder, safe for many processes."""

from __future__ import annotations

import hashlib
import re
import secrets
import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.utils.cache_folder import CACHE_VARIABLE
from sklearn_tagkd.utils.private_files import make_private

__all__ = ["EmbeddingStore", "text_key"]

_BATCH = 10_000  # keys per query, under SQLite's limit of bound variables
_SALT = 32  # bytes
_SEAL = 8  # bytes after a vector that tell whether it is what was written


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
    """Vectors by text key, in one SQLite file that its owner alone can read.

    A cache only: where it cannot be used, a warning says why and work goes on
    without it. What lies in it is not believed as it is: every vector carries a seal,
    which hangs on its text and on the salt of the file, and one that was damaged or
    swapped counts as not there. Keys are salted too: the same text has another key in
    another user's file. Vectors that version 0.1 kept, without seal and salt, are
    still found where their numbers are finite.

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
            Those that are known, of finite numbers.
        """
        found: dict[bytes, NDArray[np.float32]] = {}
        if not self.path.exists():
            return found
        with self._forgiving(), closing(self._open()) as connection:
            salt = _salt(connection)
            salted = {_salted(key, salt): key for key in keys}
            for name, blob in _select(connection, list(salted)):
                vector = _unseal(name, blob, salt)
                if vector is not None:
                    found[salted[name]] = vector
            for key, blob in _select(connection, [k for k in keys if k not in found]):
                vector = _as_vector(blob)
                if vector is not None:
                    found[key] = vector
        return found

    def put(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Keep vectors, in place of what was kept of the same texts.

        Parameters
        ----------
        keys : sequence of bytes
            Text keys.
        vectors : ndarray of float32 of shape (n_keys, n_dimensions)
            One row per key.
        """
        with self._forgiving(), closing(self._open()) as connection, connection:
            salt = _salt(connection)
            names = [_salted(key, salt) for key in keys]
            rows = [
                (name, _seal(name, vector.astype("<f4").tobytes(), salt))
                for name, vector in zip(names, vectors, strict=True)
            ]
            connection.executemany(
                "INSERT OR REPLACE INTO embeddings VALUES (?, ?)", rows
            )

    def _open(self) -> sqlite3.Connection:
        # A connection per call: none is shared between threads or forks.
        make_private(self.path)
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


def _select(
    connection: sqlite3.Connection, names: list[bytes]
) -> Iterator[tuple[bytes, object]]:
    for start in range(0, len(names), _BATCH):
        batch = names[start : start + _BATCH]
        marks = ",".join("?" * len(batch))
        query = f"SELECT key, vector FROM embeddings WHERE key IN ({marks})"
        yield from connection.execute(query, batch)


def _salt(connection: sqlite3.Connection) -> bytes:
    """Return the file's own random bytes, made by whoever comes first."""
    known = "SELECT salt FROM salt WHERE id = 1 AND typeof(salt) = 'blob'"
    connection.execute("CREATE TABLE IF NOT EXISTS salt (id INTEGER PRIMARY KEY, salt)")
    if (found := connection.execute(known).fetchone()) is None:
        with connection:  # one of another type was damaged
            connection.execute("DELETE FROM salt WHERE typeof(salt) <> 'blob'")
            connection.execute(
                "INSERT OR IGNORE INTO salt VALUES (1, ?)",
                (secrets.token_bytes(_SALT),),
            )
        found = connection.execute(known).fetchone()
    salt: bytes = found[0]
    return salt[:_SALT]


def _salted(key: bytes, salt: bytes) -> bytes:
    return hashlib.blake2b(key, digest_size=16, key=salt).digest()


def _seal(name: bytes, vector: bytes, salt: bytes) -> bytes:
    seal = hashlib.blake2b(name + vector, digest_size=_SEAL, key=salt)
    return vector + seal.digest()


def _unseal(name: bytes, blob: object, salt: bytes) -> NDArray[np.float32] | None:
    if not isinstance(blob, bytes) or _seal(name, blob[:-_SEAL], salt) != blob:
        return None
    return _as_vector(blob[:-_SEAL])


def _as_vector(blob: object) -> NDArray[np.float32] | None:
    """Return finite numbers, or None for anything else."""
    if not isinstance(blob, bytes) or not blob or len(blob) % 4:
        return None
    vector = np.frombuffer(blob, dtype="<f4")
    return vector if np.isfinite(vector).all() else None
