"""One SQLite file, opened for as long as somebody works with it."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sklearn_tagkd.llm.errors import AnswerStoreError
from sklearn_tagkd.llm.store.layout import layout_problem
from sklearn_tagkd.utils.forks import close_before_fork, forget_before_fork, no_fork
from sklearn_tagkd.utils.private_files import create_private

__all__ = ["Database", "in_chunks"]

_CHUNK = 500  # keys per query, under SQLite's limit of bound variables
_PATIENCE = 60.0  # seconds to wait for another process's write


class Database:
    """A file, and one connection to it that is shared by the threads of a process.

    Parameters
    ----------
    path : Path
        The file; it and its folder are made when first needed.
    schema : str
        Statements that make the tables where there are none.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self._schema = schema
        self._forget_connection()

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "_schema": self._schema}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget_connection()

    def _forget_connection(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._n_users = 0
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep the connection open until the end of the block.

        Opening costs more than a query, and the last one out tidies the file up.

        Yields
        ------
        None
            Blocks may be nested, and entered by several threads.

        Raises
        ------
        AnswerStoreError
            If the file cannot be opened.
        """
        if self._pid != os.getpid():  # who has it open stayed with the parent
            self._forget_connection()
        with self._held():
            self._n_users += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_users -= 1
                if not self._n_users:
                    self._close()

    @contextmanager
    def _held(self) -> Iterator[sqlite3.Connection]:
        """Keep others, and forks, from the connection until the end of the block."""
        self._lock.acquire()
        while self._connection is None:  # not yet, or not since a fork
            # A fork holds the one and waits for the other: so not in the other order.
            self._lock.release()
            with no_fork, self._lock:
                if self._connection is None:
                    self._connection = self._open()
                    close_before_fork(self)
            self._lock.acquire()
        try:
            yield self._connection
        finally:
            self._lock.release()

    def pause(self) -> None:
        """Close the connection; nobody opens it before :meth:`resume`."""
        self._lock.acquire()
        self._close()

    def resume(self) -> None:
        """Let the connection be opened again."""
        self._lock.release()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            forget_before_fork(self)  # a fork has waited for it until here

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Run a block as one transaction that nobody else's write comes between.

        Parameters
        ----------
        durable : bool, default=False
            Whether it is to outlive a power failure, and not only the process.

        Yields
        ------
        sqlite3.Connection
            Committed at the end of the block, rolled back on an error.

        Raises
        ------
        AnswerStoreError
            If the file is damaged, locked, full or not writable.
        """
        with self.kept_open(), self._held() as connection, self._explained():
            if durable:
                connection.execute("PRAGMA synchronous=FULL")
            try:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.rollback()
                    raise
                connection.commit()
            finally:
                if durable:
                    connection.execute("PRAGMA synchronous=NORMAL")

    def query(self, statement: str, values: Any = ()) -> list[Any]:
        """Read rows.

        Parameters
        ----------
        statement : str
            A SELECT.
        values : sequence or mapping, default=()
            Its parameters.

        Returns
        -------
        list of tuple
            All rows.

        Raises
        ------
        AnswerStoreError
            If the file cannot be read.
        """
        with self.kept_open(), self._held() as connection, self._explained():
            return connection.execute(statement, values).fetchall()

    def _open(self) -> sqlite3.Connection:
        with self._explained():
            # Answers quote texts that may be private: for the owner alone.
            create_private(self.path.resolve())
            connection = sqlite3.connect(
                self.path,
                timeout=_PATIENCE,
                isolation_level=None,
                check_same_thread=False,
            )
            # A damaged text is told from a whole one where it is read, row by row.
            connection.text_factory = _lenient_text
            try:
                self._set_up(connection)
            except BaseException:
                connection.close()
                raise
            return connection

    def _set_up(self, connection: sqlite3.Connection) -> None:
        # Who opens a new file at the same moment as another is told at once that it
        # is locked: here SQLite does not wait by itself, since both have begun to read.
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                # A commit outlives a killed process; to outlive a power failure
                # too takes `durable`, and time.
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.executescript(self._schema)
                break
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(random.uniform(0.01, 0.05))
        # Now, and not when the first answer has been paid for.
        if problem := layout_problem(connection, self._schema):
            raise AnswerStoreError(
                f"The file of answers {self.path} was made by another program or "
                f"another version of this one: {problem}. It was left as it is. Pass "
                "store= another file, and run the same again."
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            problem = self._problem(error)
        else:
            return
        raise AnswerStoreError(problem)

    def _problem(self, error: Exception) -> str:
        text = str(error)
        if "locked" in text or "busy" in text:
            remedy = (
                f"Another program has kept it locked for {_PATIENCE:.0f} seconds. End "
                "that program (a database browser with an open edit, say), or pass "
                "store= another file, and run the same again."
            )
        elif "not a database" in text or "malformed" in text:
            remedy = (
                "It is damaged, and was left as it is. Move it and the files beside it "
                "that end in -wal and -shm elsewhere and run the same again; what can "
                "be saved of it: sqlite3 FILE .recover"
            )
        elif "full" in text or isinstance(error, OSError):
            remedy = (
                "Make room or see to its permissions, or pass store= a file that can "
                "be written, and run the same again."
            )
        else:
            remedy = "Pass store= another file, or move this one elsewhere."
        kind = type(error).__name__
        detail = f"{kind}: {text}" if isinstance(error, sqlite3.Error) else kind
        return f"The file of answers {self.path} cannot be used ({detail}). {remedy}"


def _lenient_text(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def in_chunks(keys: list[bytes]) -> Iterator[tuple[list[bytes], str]]:
    """Divide keys among queries.

    Parameters
    ----------
    keys : list of bytes
        Any number.

    Yields
    ------
    (list of bytes, str)
        Some of the keys, and as many question marks.
    """
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        yield chunk, ",".join("?" * len(chunk))
