"""Answers on disk: each is asked for, and paid for, once."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm.client import Question
from sklearn_tagkd.llm.errors import AnswerStoreError
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.store.batch_notes import BatchNotes
from sklearn_tagkd.llm.store.claims import ClaimBook
from sklearn_tagkd.llm.store.database import Database, in_chunks
from sklearn_tagkd.llm.store.rescue import RescueFile
from sklearn_tagkd.llm.store.rows import read_row, write_row
from sklearn_tagkd.llm.store.transfer import (
    export_line,
    export_row,
    import_row,
    question_ids,
)

__all__ = ["AnswerStore", "StoredAnswer"]

_MOST = 2**62  # that a column holds

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key BLOB PRIMARY KEY, answer TEXT NOT NULL, node TEXT, shown TEXT, model TEXT,
    tokens_in INTEGER, tokens_out INTEGER, time REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (
    key BLOB PRIMARY KEY, owner TEXT NOT NULL, expires REAL NOT NULL,
    failure TEXT, failed_at REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS purses (
    id TEXT PRIMARY KEY, requests INTEGER NOT NULL, tokens INTEGER NOT NULL,
    nanodollars INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (
    tag TEXT PRIMARY KEY, batch_id TEXT, time REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batch_items (
    key BLOB NOT NULL, stage INTEGER NOT NULL, tag TEXT NOT NULL,
    PRIMARY KEY (key, stage)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """A row of the store.

    Parameters
    ----------
    answer : NumberedAnswer
        What the model said.
    model : str
        Its name.
    tokens_in, tokens_out : int
        What the request took; 0 where the server did not say.
    """

    answer: NumberedAnswer
    model: str
    tokens_in: int = 0
    tokens_out: int = 0


class AnswerStore:
    """A SQLite file of answers, safe for many threads and processes.

    Parameters
    ----------
    path : str or Path
        The file; made when first written to, readable by its owner alone. It must
        be on a local disk: SQLite's locks do not hold on network drives.

    Attributes
    ----------
    damaged : set of bytes
        Keys of rows that were looked at and hold no answer any more. They count as
        not answered.

    Raises
    ------
    AnswerStoreError
        From every method, if the file is damaged, locked, another program's or cannot
        be written. It names the remedy; nothing in the file is changed then.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd.llm import AnswerStore
    >>> store = AnswerStore(Path(tempfile.mkdtemp()) / "answers.sqlite")
    >>> len(store)
    0
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.damaged: set[bytes] = set()
        self._rescue = RescueFile(self.path)
        self.database = Database(self.path, _SCHEMA)
        self.claims = ClaimBook(self.database, self.get)
        self.batch_notes = BatchNotes(self.database)

    def __repr__(self) -> str:
        return f"AnswerStore({self.path.name!r})"

    def __len__(self) -> int:
        ((count,),) = self.database.query("SELECT count(*) FROM answers")
        return int(count)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, NumberedAnswer]:
        """Look answers up.

        Parameters
        ----------
        keys : iterable of bytes
            Keys of requests.

        Returns
        -------
        dict of bytes to NumberedAnswer
            Those that are known; damaged rows are not, and are in ``damaged``.
        """
        found: dict[bytes, NumberedAnswer] = {}
        for chunk, marks in in_chunks(list(keys)):
            query = f"SELECT key, answer FROM answers WHERE key IN ({marks})"
            for key, text in self.database.query(query, chunk):
                answer = read_row(text)
                if answer is None:
                    self.damaged.add(key)
                else:
                    found[key] = answer
        return found

    def put(
        self, key: bytes, row: StoredAnswer, question: Question | None = None
    ) -> None:
        """Keep an answer, and let go of the claim to it; one committed row.

        Where that fails, the answer goes to another file, or into the error.

        Parameters
        ----------
        key : bytes
            Key of the request.
        row : StoredAnswer
            What to keep.
        question : Question, default=None
            Lends its ids, which an export needs. Its texts are not kept.
        """
        node, shown = question_ids(question)
        text = write_row(row.answer)
        counts = (min(row.tokens_in, _MOST), min(row.tokens_out, _MOST), time.time())
        problem = ""
        try:
            with self.database.transaction() as connection:
                connection.execute(
                    "INSERT OR REPLACE INTO answers (key, answer, node, shown, model,"
                    " tokens_in, tokens_out, time) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (key, text, node, shown, row.model, *counts),
                )
                connection.execute("DELETE FROM claims WHERE key = ?", (key,))
        except AnswerStoreError as error:
            problem = error.problem
        if problem:
            line = export_line(key, row.answer, node, shown, row.model)
            path = self._rescue.save(line)
            files, rescued = ([], [line]) if path is None else ([path], [])
            raise AnswerStoreError(problem, files, rescued)
        self.damaged.discard(key)

    def export_answers(self, path: str | Path) -> int:
        """Write every answer as a line of an answers file.

        Each line also has its ``key``, which :meth:`import_answers` needs, and its
        ``model``. A node of several samples has several lines.

        Parameters
        ----------
        path : str or Path
            File to write; an existing one is replaced.

        Returns
        -------
        int
            Number of lines. Nodes whose ids JSON cannot hold are left out, and so are
            damaged rows, with a warning that counts them.
        """
        rows = self.database.query(
            "SELECT key, answer, node, shown, model FROM answers "
            "WHERE node IS NOT NULL ORDER BY time"
        )
        lines = list(filter(None, (export_row(*row) for row in rows)))
        Path(path).write_text("".join(lines), encoding="utf-8")
        if n_damaged := len(rows) - len(lines):
            warnings.warn(
                f"{n_damaged} of {len(rows)} rows of the file of answers "
                f"{self.path.name} are damaged and were left out.",
                RationaleWarning,
                stacklevel=2,
            )
        return len(lines)

    def import_answers(self, path: str | Path) -> int:
        """Take over what :meth:`export_answers` of another store wrote.

        For answers from elsewhere see ``OpenAIClient.import_answers``.

        Parameters
        ----------
        path : str or Path
            File to read.

        Returns
        -------
        int
            Number of answers; one that is already known is left as it is, unless its
            row is damaged.

        Raises
        ------
        AnswerFormatError
            If a line is no such answer; nothing is taken over then.
        """
        rows = []
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    rows.append(import_row(line, number, Path(path).name))
        keys = {row[0] for row in rows}
        with self.database.kept_open(), self.database.transaction() as connection:
            self.get(keys)
            connection.executemany(
                "DELETE FROM answers WHERE key = ?",
                [(key,) for key in self.damaged & keys],
            )
            self.damaged -= keys
            connection.executemany(
                "INSERT OR IGNORE INTO answers (key, answer, node, shown, model,"
                " tokens_in, tokens_out, time) VALUES (?, ?, ?, ?, ?, 0, 0, ?)",
                rows,
            )
        return len(rows)
