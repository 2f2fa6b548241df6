"""Answers on disk: each is asked for, and paid for, once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sklearn_tagkd.llm.client import Question
from sklearn_tagkd.llm.errors import AnswerStoreError
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.store.batch_notes import BatchNotes
from sklearn_tagkd.llm.store.claims import ClaimBook
from sklearn_tagkd.llm.store.database import Database, in_chunks
from sklearn_tagkd.llm.store.transfer import export_line, import_row, question_ids

__all__ = ["AnswerStore", "StoredAnswer"]

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

    Raises
    ------
    AnswerStoreError
        From every method, if the file is damaged, locked or cannot be written. It
        names the remedy; nothing in the file is changed then.

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
            Those that are known.
        """
        found: dict[bytes, NumberedAnswer] = {}
        for chunk, marks in in_chunks(list(keys)):
            query = f"SELECT key, answer FROM answers WHERE key IN ({marks})"
            for key, text in self.database.query(query, chunk):
                found[key] = NumberedAnswer.from_json(json.loads(text))
        return found

    def put(
        self, key: bytes, row: StoredAnswer, question: Question | None = None
    ) -> None:
        """Keep an answer, and let go of the claim to it; one committed row.

        Where that fails, the answer goes to a file beside it; the error says so.

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
        text = json.dumps(row.answer.to_json(), ensure_ascii=False)
        counts = (row.tokens_in, row.tokens_out, time.time())
        problem = ""
        try:
            with self.database.transaction() as connection:
                connection.execute(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (key, text, node, shown, row.model, *counts),
                )
                connection.execute("DELETE FROM claims WHERE key = ?", (key,))
        except AnswerStoreError as error:
            problem = str(error)
        if problem:
            line = export_line(key, text, node, shown, row.model)
            rescue = self.path.with_name(f"{self.path.name}.rescued.jsonl")
            raise AnswerStoreError(f"{problem} {_rescue(rescue, line)}")

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
            Number of lines. Nodes whose ids JSON cannot hold are left out.
        """
        rows = self.database.query(
            "SELECT key, answer, node, shown, model FROM answers "
            "WHERE node IS NOT NULL ORDER BY time"
        )
        lines = [export_line(*row) for row in rows]
        Path(path).write_text("".join(lines), encoding="utf-8")
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
            Number of answers; one that is already known is left as it is.

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
        with self.database.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, 0, 0, ?)", rows
            )
        return len(rows)


def _rescue(path: Path, line: str) -> str:
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(line)
    except OSError:
        return "The answer that had just come could not be saved elsewhere either."
    return (
        f"The answer that had just come is in {path}: take it over with "
        "AnswerStore(...).import_answers."
    )
