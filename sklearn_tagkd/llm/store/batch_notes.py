"""Which questions are in which batch, noted so that another process can go on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from sklearn_tagkd.llm.store.database import Database, in_chunks

__all__ = ["BatchNotes"]


class BatchNotes:
    """What is under way in batches, in the file of answers.

    Parameters
    ----------
    database : Database
        The file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin_batch(
        self, tag: str, items: Sequence[tuple[bytes, int]], noted: float = 0.0
    ) -> None:
        """Note what a batch will hold, before it is made.

        Parameters
        ----------
        tag : str
            Name of ours; the server is told it too, so that a batch is found again
            even if the process dies before it learns the server's name for it.
        items : sequence of (bytes, int)
            Keys of requests, and whether each is a first try (0) or a repair (1).
        noted : float, default=0
            The time by the server's clock, seconds since the epoch; 0 if unknown. Where
            ours is behind, ours counts: the batch is certainly made later.
        """
        noted = min(noted, time.time())
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO batches (tag, batch_id, time) VALUES (?, NULL, ?)",
                (tag, noted),
            )
            connection.executemany(
                "INSERT OR REPLACE INTO batch_items (key, stage, tag) VALUES (?, ?, ?)",
                [(key, stage, tag) for key, stage in items],
            )

    def name_batch(self, tag: str, batch_id: str) -> None:
        """Note the server's name for a batch.

        Parameters
        ----------
        tag : str
            Name of ours.
        batch_id : str
            Name of the server's.
        """
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE batches SET batch_id = ? WHERE tag = ?", (batch_id, tag)
            )

    def open_batches(
        self, keys: Iterable[bytes]
    ) -> list[tuple[str, str | None, float, list[tuple[bytes, int]]]]:
        """Return batches that are under way for some keys.

        Parameters
        ----------
        keys : iterable of bytes
            Keys of requests.

        Returns
        -------
        list of (str, str or None, float, list of (bytes, int))
            Tag, the server's name, the server's time when it was noted, and those of
            their items that are asked for. Damaged rows are left out.
        """
        found: dict[tuple[str, str | None, float], list[tuple[bytes, int]]] = {}
        for chunk, marks in in_chunks(list(keys)):
            query = (
                "SELECT tag, batch_id, time, key, stage FROM batch_items JOIN batches "
                f"USING (tag) WHERE key IN ({marks}) ORDER BY stage"
            )
            for *batch, key, stage in self._database.query(query, chunk):
                tag, batch_id, noted = batch
                if not isinstance(batch_id, str | None) or stage not in (0, 1):
                    continue
                since = noted if isinstance(noted, float) else 0.0
                found.setdefault((tag, batch_id, since), []).append((key, stage))
        return [(*batch, items) for batch, items in found.items()]

    def end_items(self, tag: str, keys: Iterable[bytes]) -> None:
        """Note that items of a batch have been read, or were never sent.

        Parameters
        ----------
        tag : str
            Name of ours.
        keys : iterable of bytes
            Keys of requests.
        """
        with self._database.transaction() as connection:
            connection.executemany(
                "DELETE FROM batch_items WHERE tag = ? AND key = ?",
                [(tag, key) for key in keys],
            )
            connection.execute(
                "DELETE FROM batches WHERE tag = ? AND tag NOT IN "
                "(SELECT tag FROM batch_items)",
                (tag,),
            )
