"""Tables that are read by parts: one file, or a folder of files, kept as Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sklearn_tagkd.bulk.id_columns import kind_of_ids
from sklearn_tagkd.bulk.kept_tables import keep_as_parquet
from sklearn_tagkd.datasets.table_files import find_table as find_place
from sklearn_tagkd.datasets.table_files import table_files, table_format
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.utils.extras import asking_for

__all__ = ["Chunk", "Table", "find_table"]

_BATCH = 2**18  # rows that are decoded at a time
_IDS = {"node", "source", "target"}


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
    names : dict of str to str
        What the file calls the columns.
    """

    path: str
    groups: tuple[int, ...]
    start: int
    stop: int
    first: int
    names: Mapping[str, str]

    def read(self, columns: Sequence[str]) -> Iterator[Any]:
        """Read the rows, some at a time.

        Parameters
        ----------
        columns : sequence of str
            Which to read, by our names.

        Yields
        ------
        pyarrow.RecordBatch
            In order, with our names; its metadata say the file's.
        """
        seen = 0
        given = {name: self.names[name] for name in columns}
        with _parquet_file(Path(self.path)) as file:
            for batch in file.iter_batches(
                _BATCH, row_groups=list(self.groups), columns=list(given.values())
            ):
                low, high = max(self.start - seen, 0), min(self.stop - seen, len(batch))
                seen += len(batch)
                if low < high:
                    yield _renamed(batch.slice(low, high - low), given)
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
    names : dict of str to str
        Of the columns that are there, by our names for them: what the files say.
    is_text : bool, default=False
        Whether its source was CSV, which knows no types.
    ids : {'int', 'str'} or None, default=None
        What ids are by the types of their columns; None for CSV, and without rows.
    sources : tuple of Path, default=()
        The files as they were given.
    """

    name: str
    paths: tuple[Path, ...]
    names: Mapping[str, str]
    is_text: bool = False
    ids: str | None = None
    sources: tuple[Path, ...] = field(default=())

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
                    yield Chunk(str(path), groups, start, stop, first, dict(self.names))
                    first += stop - start

    @property
    def n_rows(self) -> int:
        """Rows of all files."""
        total = 0
        for path in self.paths:
            with _parquet_file(path) as file:
                total += file.metadata.num_rows
        return total


def find_table(
    folder: Path,
    name: str,
    given: str | None,
    columns: Mapping[str, str],
    needed: set[str],
    built: Path,
) -> Table | None:
    """Find a table of a graph's folder, and look at what its columns are.

    Parameters
    ----------
    folder : Path
        Holds ``<name>.parquet``, ``.csv`` or ``.jsonl``, or a folder ``<name>`` of
        files of one of these kinds, whose rows follow one another in the order of
        their names.
    name : {'nodes', 'edges'}
        The table's.
    given : str or None
        Another name, of a file or of a folder of files.
    columns : dict of str to str
        What the files call the columns, by our names for them.
    needed : set of str
        Of these, those that must be there.
    built : Path
        Where CSV and JSON lines are kept as Parquet.

    Returns
    -------
    Table or None
        Of Parquet nothing but the files' ends was read. None where no table is named,
        and there is none.

    Raises
    ------
    FileNotFoundError
        If there is not the table that is named.
    GraphFormatError
        If a file is damaged, lacks a column, or ids are of no kind that can be one.
    """
    sources = _files(folder, name, given)
    if not sources:
        return None
    kind = table_format(sources[0])
    paths = sources
    if kind != "parquet":
        paths = [
            keep_as_parquet(
                source,
                built / "tables",
                wanted=set(columns.values()),
                needed={columns[column] for column in needed},
                ids={columns[column] for column in columns.keys() & _IDS},
            )
            for source in sources
        ]
    there = set(columns)
    kinds = set()
    found_in = []
    for path, source in zip(paths, sources, strict=True):
        with _parquet_file(path) as file:
            found_in.append((source, file.schema_arrow, file.metadata.num_rows))
    # Files without rows, as engines write them, may lack columns beside others.
    with_rows = [found for found in found_in if found[2]]
    for source, schema, n_rows in with_rows or found_in:
        there &= _columns(schema.names, source, columns, needed)
        for column in sorted(there & _IDS) if n_rows else ():
            found = schema.field(columns[column]).type
            kinds.add(kind_of_ids(found, columns[column], source.name))
    if len(kinds) > 1:
        raise GraphFormatError(
            f"The ids in the table of {name} are integers in one file and strings in "
            "another. Write all of them as one type."
        )
    names = {column: columns[column] for column in columns if column in there}
    is_text = kind == "csv"
    of_ids = None if is_text else next(iter(kinds), None)
    return Table(name, tuple(paths), names, is_text, of_ids, tuple(sources))


def _columns(
    found: list[str], source: Path, columns: Mapping[str, str], needed: set[str]
) -> set[str]:
    """Return which of our columns a file has."""
    for name in sorted(needed):
        if columns[name] not in found:
            raise GraphFormatError(
                f"{source.name} has no column {columns[name]!r}; it has "
                f"{sorted(found)}. Rename the one that is meant, or name it: "
                f"build_links(folder, {name}='...')."
            )
    there = {name for name in columns if columns[name] in found}
    for name in sorted(there):
        if found.count(columns[name]) > 1:
            raise GraphFormatError(f"{source.name} has two columns {columns[name]!r}.")
    return there


def _renamed(batch: Any, given: Mapping[str, str]) -> Any:
    import pyarrow

    columns = [batch.column(name) for name in given.values()]
    renamed = pyarrow.RecordBatch.from_arrays(columns, names=list(given))
    return renamed.replace_schema_metadata(dict(given))


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


def _files(folder: Path, name: str, given: str | None) -> list[Path]:
    """Return the files of a table; none where none is named and there is none."""
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.is_file() else "is not there"
        raise FileNotFoundError(
            f"{folder} {what}. A folder holds the tables nodes and edges."
        )
    place = find_place(folder, name) if given is None else folder / given
    files = [] if place is None else table_files(place)
    if not files and (given is not None or name == "nodes"):
        expected = f"nor {name}.csv or {name}.jsonl, nor a folder {name} of such files"
        wanted = given or f"{name}.parquet"
        raise FileNotFoundError(
            f"There is no {wanted} in {folder}{'' if given else f', {expected}'}."
        )
    return files


@contextmanager
def _parquet_file(path: Path) -> Iterator[Any]:
    with asking_for("parquet", "A graph in a folder"):
        import pyarrow
        import pyarrow.parquet as parquet
    try:
        with parquet.ParquetFile(path) as file:
            yield file
    except (pyarrow.ArrowException, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise GraphFormatError(
            f"{path.name} cannot be read as Parquet ({type(error).__name__}): it is "
            "damaged, or something else."
        ) from None
