"""Tables of CSV and JSON lines, kept as Parquet: read once, some rows at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sklearn_tagkd.bulk.claims import once, tidy
from sklearn_tagkd.bulk.keys import key_of_facts
from sklearn_tagkd.datasets.csv_table import find_delimiter, read_csv
from sklearn_tagkd.datasets.json_table import read_json_table
from sklearn_tagkd.datasets.table_files import format_of
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.utils.extras import asking_for
from sklearn_tagkd.utils.missing import is_missing
from sklearn_tagkd.utils.plain_text import valid_text
from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["keep_as_parquet"]

_ROWS = 2**16  # of JSON lines at a time
_EXACT = 2**53  # beyond it a float stands for several integers
_BLOCKS = (2**24, 2**30)  # bytes of CSV at a time; the second where a row is longer


def keep_as_parquet(
    path: Path, kept: Path, *, wanted: set[str], needed: set[str], ids: set[str]
) -> Path:
    """Keep a table as Parquet; nothing is held whole.

    Parameters
    ----------
    path : Path
        Of CSV, every cell of which becomes a string, or of JSON lines.
    kept : Path
        Folder for it; made where it is not there.
    wanted, needed, ids : set of str
        Columns to keep; those that must be there; those that no cell may lack.

    Returns
    -------
    Path
        What was kept, now or before: a table that changed is read anew.

    Raises
    ------
    GraphFormatError
        If the table is damaged, or lacks what is needed; says where.
    """
    seen = path.stat()
    said = [seen.st_size, seen.st_mtime_ns, sorted(wanted)]
    digest = key_of_facts(said)
    stem = f"{path.parent.name}-{path.name}"
    target = kept / f"{stem}.{digest}.parquet"
    if target.is_file():
        return target
    kept.mkdir(parents=True, exist_ok=True)
    tidy(kept)
    with once(target) as is_missing, asking_for("parquet", "A graph in a folder"):
        if is_missing:
            _forget(kept, stem)
            _keep(path, target, wanted, needed, ids)
    return target


def _forget(kept: Path, stem: str) -> None:
    """Delete what was kept of the table before it changed."""
    of_this = re.compile(re.escape(stem) + r"\.[0-9a-f]{16}\.parquet")
    for stale in kept.iterdir():
        if of_this.fullmatch(stale.name):
            stale.unlink()


def _keep(
    path: Path, target: Path, wanted: set[str], needed: set[str], ids: set[str]
) -> None:
    import pyarrow.parquet as parquet

    with replacing(target) as partial:
        if format_of(path) == "csv":
            _keep_csv(path, partial, wanted, needed, ids)
        else:
            batches = _json_batches(path, wanted, needed, ids)
            first = next(batches)
            with parquet.ParquetWriter(partial, first.schema) as writer:
                writer.write_batch(first)
                for batch in batches:
                    writer.write_batch(batch)


def _keep_csv(
    path: Path, target: Path, wanted: set[str], needed: set[str], ids: set[str]
) -> None:
    import pyarrow

    for block_size in _BLOCKS:
        try:
            _convert_csv(path, target, wanted, needed, ids, block_size)
        except (pyarrow.ArrowException, UnicodeDecodeError) as error:
            if "straddling" in str(error) and block_size < _BLOCKS[-1]:
                continue
            _read_strictly(path, needed, wanted)
            raise GraphFormatError(  # whose own text may quote a cell
                f"{path.name} cannot be read as CSV ({type(error).__name__}). It must "
                "be UTF-8, with commas between cells and quotes around texts that hold "
                "commas or line breaks: nodes.to_csv(path, index=False) of pandas."
            ) from None
        if _n_quotes(path) % 2:  # one that nothing ends may have swallowed all rows
            _read_strictly(path, needed, wanted)
        return


def _convert_csv(
    path: Path,
    target: Path,
    wanted: set[str],
    needed: set[str],
    ids: set[str],
    block_size: int,
) -> None:
    import pyarrow
    import pyarrow.csv as csv
    import pyarrow.parquet as parquet

    delimiter, header = find_delimiter(path, needed)
    names = [name for name in header if name in wanted]
    for name in names:
        if header.count(name) > 1:
            raise GraphFormatError(f"{path.name} has two columns {name!r}.")
    read = csv.ReadOptions(block_size=block_size, column_names=header, skip_rows=1)
    parse = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    convert = csv.ConvertOptions(
        column_types={name: pyarrow.string() for name in names},
        include_columns=names,
        strings_can_be_null=False,
    )
    row = 0
    with (
        csv.open_csv(path, read, parse, convert) as reader,
        parquet.ParquetWriter(target, reader.schema) as writer,
    ):
        for batch in reader:
            _check_cells(batch, path.name, ids & set(names), row)
            writer.write_batch(batch)
            row += len(batch)


def _read_strictly(path: Path, needed: set[str], wanted: set[str]) -> None:
    """Read a table by what says where it is damaged."""
    for _ in read_csv(path, needed, wanted, _ROWS):
        pass


def _n_quotes(path: Path) -> int:
    with open(path, "rb") as file:
        return sum(block.count(b'"') for block in iter(lambda: file.read(2**20), b""))


def _check_cells(batch: Any, where: str, ids: set[str], first: int) -> None:
    import pyarrow.compute as compute

    for name in sorted(ids):
        place = compute.index(batch.column(name), "").as_py()
        if place >= 0:
            raise _lacks_id(where, name, first + place)


def _lacks_id(where: str, name: str, row: int) -> GraphFormatError:
    return GraphFormatError(
        f"Row {row} of {where} has no id in the column {name!r}. Every node and every "
        "end of a link needs one: leave such rows out."
    )


def _json_batches(
    path: Path, wanted: set[str], needed: set[str], ids: set[str]
) -> Iterator[Any]:
    """Yield rows, at least one batch, all of the types that the first one has."""
    import pyarrow

    schema = None
    row = 0
    for part in read_json_table(path, needed, wanted, _ROWS):
        n_rows = len(next(iter(part.values())))
        columns = {}
        for name in sorted(wanted & part.keys() if schema is None else schema.names):
            cells = part.get(name, [None] * n_rows)
            columns[name] = _array(cells, path.name, name, row, name in ids)
        batch = pyarrow.RecordBatch.from_pydict(columns)
        schema = schema or batch.schema
        late = sorted((wanted & part.keys()) - set(schema.names))
        if late or batch.schema != schema:
            name = late[0] if late else _differing(batch.schema, schema)
            raise GraphFormatError(
                f"The column {name!r} of {path.name} is there, or of one type, in some "
                "rows only. Write it in every line, and all ids as one type."
            )
        yield batch
        row += n_rows


def _differing(one: Any, other: Any) -> str:
    differ = (name for name in one.names if one.field(name) != other.field(name))
    return str(next(differ))


def _array(cells: list[Any], where: str, name: str, first: int, is_id: bool) -> Any:
    """Return a column: of ids integers or strings, of numbers floats, else strings."""
    import pyarrow

    kinds = set()
    values: list[Any] = []
    for row, cell in enumerate(cells, start=first):
        value = None if is_missing(cell) else cell
        if is_id and isinstance(value, float) and abs(value) <= _EXACT:
            value = int(value) if value.is_integer() else value
        if is_id and (value is None or value == ""):
            raise _lacks_id(where, name, row)
        is_fit = value is None or isinstance(value, str)
        if isinstance(value, int | float) and not isinstance(value, bool):
            is_fit = -(2**63) <= value < 2**63 and (not is_id or isinstance(value, int))
        if is_id and isinstance(value, str) and value != valid_text(value):
            is_fit = False  # half of a letter
        if not is_fit:
            raise GraphFormatError(
                f"Row {row} of {where} holds a {type(cell).__name__} in the column "
                f"{name!r} that is none of its kind. Ids are strings, or integers of "
                "64 bits; texts are strings, and weights numbers."
            )
        if value is not None:
            kinds.add(isinstance(value, str))
        values.append(valid_text(value) if isinstance(value, str) else value)
    if len(kinds) > 1:
        raise GraphFormatError(
            f"The column {name!r} of {where} holds numbers in some rows and strings in "
            "others. Write all of them as one type."
        )
    if kinds == {False}:
        return pyarrow.array(values, pyarrow.int64() if is_id else pyarrow.float64())
    return pyarrow.array(values, pyarrow.large_string())
