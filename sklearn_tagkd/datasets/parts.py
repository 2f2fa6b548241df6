"""A table that is written part by part, and goes on where it was interrupted."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sklearn_tagkd.datasets.tables import read_parts
from sklearn_tagkd.datasets.writing import join_tables, write_table
from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["PartFolder"]

_MANIFEST = "manifest.json"


class PartFolder:
    """Parts of a table beside where the whole shall be.

    A part is there whole, or not at all. Parts count as long as what made them is the
    same: another origin begins anew.

    Parameters
    ----------
    target : Path
        Of the whole table; its suffix tells the format. The parts lie in a folder of
        its name with ``.parts``.
    origin : mapping of str to object
        What decides the rows, as JSON can hold it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd.datasets.parts import PartFolder
    >>> target = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> parts = PartFolder(target, {"model": "a"})
    >>> parts.write(0, {"node": ["a"]}), parts.write(1, {"node": ["b"]})
    (None, None)
    >>> PartFolder(target, {"model": "a"}).has(1)
    True
    >>> parts.join(2)
    >>> target.read_text().split()
    ['node', 'a', 'b']
    """

    def __init__(self, target: Path, origin: Mapping[str, Any]) -> None:
        self.target = target
        self.folder = target.with_name(f"{target.name}.parts")
        manifest = self.folder / _MANIFEST
        wanted = json.dumps(origin, sort_keys=True)
        if self.folder.is_dir() and not manifest.is_file():
            self._refuse_what_is_no_part()
        if self.folder.is_dir() and not (
            manifest.is_file() and manifest.read_bytes() == wanted.encode()
        ):
            self._clear()
        if not manifest.is_file():
            self.folder.mkdir(exist_ok=True)
            with replacing(manifest) as unfinished:
                unfinished.write_bytes(wanted.encode())

    def has(self, number: int) -> bool:
        """Tell whether a part is there.

        Parameters
        ----------
        number : int
            Of the part, from 0.

        Returns
        -------
        bool
            Whether it was written, now or before an interruption.
        """
        return self._path(number).is_file()

    def write(self, number: int, table: Mapping[str, Sequence[Any]]) -> None:
        """Write a part.

        Parameters
        ----------
        number : int
            Of the part, from 0.
        table : mapping of str to sequence
            Its columns.
        """
        write_table(self._path(number), table)

    def count(self, column: str, n_parts: int) -> Counter[Any]:
        """Count the values of a column over all parts.

        Parameters
        ----------
        column : str
            Its name.
        n_parts : int
            How many parts there are; all have been written.

        Returns
        -------
        Counter
            As the tables hold them: of CSV, strings.
        """
        counts: Counter[Any] = Counter()
        for number in range(n_parts):
            for part in read_parts(self._path(number), {column}, {column}):
                counts.update(part[column])
        return counts

    def join(self, n_parts: int) -> None:
        """Make the whole of the parts, and remove them.

        Parameters
        ----------
        n_parts : int
            How many there are; all have been written.
        """
        join_tables([self._path(number) for number in range(n_parts)], self.target)
        self._clear()

    def _refuse_what_is_no_part(self) -> None:
        """Leave a folder of somebody else's alone: a wrong name shall cost nothing."""
        for path in self.folder.iterdir():
            is_ours = path.name.startswith(("part-", ".part-", f".{_MANIFEST}"))
            if not is_ours and path.name != "columns":
                raise FileExistsError(
                    f"{self.folder} holds {path.name}, which is no part of a table. "
                    "Parts are written to a folder of that name: move it, or choose "
                    "another output."
                )

    def _path(self, number: int) -> Path:
        return self.folder / f"part-{number:06d}{self.target.suffix.lower()}"

    def _clear(self) -> None:
        # The manifest goes last: without it what is left counts for nothing.
        for path in self.folder.glob("part-*"):
            path.unlink()
        shutil.rmtree(self.folder, ignore_errors=True)
