"""Tables that are read by parts: one file of Parquet or CSV, or a folder of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.utils.extras import asking_for
from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["Chunk", "Table", "find_table"]

_BATCH = 2**18  # rows that are decoded at a time


@dataclass(frozen=True)
class Chunk:
    """Some rows of a table: what a task is told.

    Parameters
    ----------
    path : str
        Parquet file.
    groups : tuple of int
        Row groups next to one another.
    start, stop : int
        Rows of these groups, counted from the first group's first.
    first : int
        What number the row ``start`` has in the whole table.
    """

    path: str
    groups: tuple[int, ...]
    start: int
    stop: int
    first: int

    def read(self, columns: Sequence[str]) -> Iterator[Any]:
        """Read the rows, some at a time.

        Parameters
        ----------
        columns : sequence of str
            Which to read.

        Yields
        ------
        pyarrow.RecordBatch
            In order.
        """
        seen = 0
        with _parquet_file(Path(self.path)) as file:
            for batch in file.iter_batches(
                _BATCH, row_groups=list(self.groups), columns=list(columns)
            ):
                low, high = max(self.start - seen, 0), min(self.stop - seen, len(batch))
                seen += len(batch)
                if low < high:
                    yield batch.slice(low, high - low)
                if seen >= self.stop:
                    return


@dataclass(frozen=True)
class Table:
    """A table in Parquet files.

    Parameters
    ----------
    name : str
        What it holds, for messages.
    paths : tuple of Path
        Its files, in the order of their rows.
    columns : tuple of str
        Names that all of them have.
    is_text : bool
        Whether its source was CSV, which knows no types.
    """

    name: str
    paths: tuple[Path, ...]
    columns: tuple[str, ...]
    is_text: bool

    def chunks(self, n_rows: int) -> Iterator[Chunk]:
        """Cut the table into pieces.

        Parameters
        ----------
        n_rows : int
            Of a piece, at most.

        Yields
        ------
        Chunk
            All rows, in order.
        """
        first = 0
        for path in self.paths:
            with _parquet_file(path) as file:
                sizes = [
                    file.metadata.row_group(group).num_rows
                    for group in range(file.metadata.num_row_groups)
                ]
            for groups, total in _together(sizes, n_rows):
                for start in range(0, total, n_rows):
                    stop = min(start + n_rows, total)
                    yield Chunk(str(path), groups, start, stop, first)
                    first += stop - start

    @property
    def n_rows(self) -> int:
        """Rows of all files."""
        total = 0
        for path in self.paths:
            with _parquet_file(path) as file:
                total += file.metadata.num_rows
        return total


def find_table(folder: Path, name: str, needed: set[str], built: Path) -> Table:
    """Find a table of a graph's folder.

    Parameters
    ----------
    folder : Path
        Holds ``<name>.parquet``, ``<name>.csv``, or a folder ``<name>`` of files of one
        of these kinds, whose rows follow one another in the order of their names.
    name : str
        The table's.
    needed : set of str
        Columns that must be there.
    built : Path
        Where CSV is kept as Parquet.

    Returns
    -------
    Table
        Nothing but the files' ends was read.

    Raises
    ------
    FileNotFoundError
        If there is no such table.
    GraphFormatError
        If a file is damaged, or lacks a column.
    """
    paths, suffix = _files(folder, name)
    is_text = suffix == ".csv"
    given = paths
    if is_text:
        paths = [_as_parquet(path, built) for path in paths]
    common: set[str] | None = None
    for path, source in zip(paths, given, strict=True):
        with _parquet_file(path) as file:
            names = set(file.schema_arrow.names)
        missing = sorted(needed - names)
        if missing:
            raise GraphFormatError(
                f"{source.name} has no column {missing[0]!r}; it has {sorted(names)}. "
                "Rename the one that is meant."
            )
        common = names if common is None else common & names
    return Table(name, tuple(paths), tuple(sorted(common or ())), is_text)


def _together(sizes: list[int], n_rows: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Put small groups together; a large one stays alone."""
    groups: list[int] = []
    total = 0
    for group, size in enumerate(sizes):
        if groups and total + size > n_rows:
            yield tuple(groups), total
            groups, total = [], 0
        groups.append(group)
        total += size
    if groups:
        yield tuple(groups), total


def _files(folder: Path, name: str) -> tuple[list[Path], str]:
    for suffix in (".parquet", ".csv"):
        if (folder / f"{name}{suffix}").is_file():
            return [folder / f"{name}{suffix}"], suffix
        parts = sorted((folder / name).glob(f"*{suffix}"))
        if parts:
            return parts, suffix
    raise FileNotFoundError(
        f"There is no {name}.parquet in {folder}, nor {name}.csv, nor a folder {name} "
        "of such files."
    )


def _parquet_file(path: Path) -> Any:
    with asking_for("parquet", "A graph in a folder"):
        import pyarrow
        import pyarrow.parquet as parquet
    try:
        return parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise GraphFormatError(
            f"{path.name} cannot be read as Parquet ({type(error).__name__}): it is "
            "damaged, or something else."
        ) from None


def _as_parquet(path: Path, built: Path) -> Path:
    """Keep a CSV file as Parquet, every cell a string; nothing is held whole."""
    with asking_for("parquet", "A graph in a folder"):
        import pyarrow
        import pyarrow.csv as csv
        import pyarrow.parquet as parquet
    target = built / "tables" / f"{path.parent.name}-{path.stem}.parquet"
    if target.is_file() and target.stat().st_mtime_ns > path.stat().st_mtime_ns:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with csv.open_csv(path) as first:
            names = first.schema.names
        convert = csv.ConvertOptions(
            column_types={name: pyarrow.string() for name in names},
            strings_can_be_null=False,
        )
        parse = csv.ParseOptions(newlines_in_values=True)
        with (
            csv.open_csv(path, convert_options=convert, parse_options=parse) as reader,
            replacing(target) as partial,
            parquet.ParquetWriter(partial, reader.schema) as writer,
        ):
            for batch in reader:
                writer.write_batch(batch)
    except pyarrow.ArrowException as error:  # whose text may quote a cell
        raise GraphFormatError(
            f"{path.name} cannot be read as CSV ({type(error).__name__}). It must be "
            "UTF-8, with commas between cells and quotes around texts that hold "
            "commas or line breaks: nodes.to_csv(path, index=False) of pandas."
        ) from None
    return target
