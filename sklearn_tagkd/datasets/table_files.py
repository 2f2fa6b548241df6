"""Where the tables of a folder lie: a file each, or a folder of files."""

from __future__ import annotations

from pathlib import Path

from sklearn_tagkd.datasets.digest import file_digest
from sklearn_tagkd.exceptions import GraphFormatError

__all__ = ["find_table", "format_of", "table_digest", "table_files", "table_format"]

# The first suffix of a format is what a folder is looked through for.
_FORMATS = {
    "parquet": (".parquet", ".pq"),
    "csv": (".csv", ".tsv"),
    "jsonl": (".jsonl", ".ndjson"),
}


def format_of(path: Path) -> str | None:
    """Tell the format of a table by the end of its name.

    Parameters
    ----------
    path : Path
        Of a file.

    Returns
    -------
    {'parquet', 'csv', 'jsonl'} or None
        None where the name tells nothing.

    Examples
    --------
    >>> from pathlib import Path
    >>> from sklearn_tagkd.datasets.table_files import format_of
    >>> format_of(Path("nodes.TSV"))
    'csv'
    """
    suffix = path.suffix.lower()
    return next((name for name, ends in _FORMATS.items() if suffix in ends), None)


def find_table(folder: Path, name: str) -> Path | None:
    """Find the one place of a table.

    Parameters
    ----------
    folder : Path
        Holds ``name`` as ``.parquet``, ``.csv`` or ``.jsonl``, of which each may be a
        folder of such files, or a folder ``name`` of files of one of these formats.
    name : str
        Of the table.

    Returns
    -------
    Path or None
        A file, or a folder of files; None where there is neither.

    Raises
    ------
    GraphFormatError
        If there are two, of which nobody can know which one is meant, or one holds
        files of several formats.
    """
    places = [folder / f"{name}{ends[0]}" for ends in _FORMATS.values()]
    there = [place for place in (*places, folder / name) if table_files(place)]
    if len(there) > 1:
        one, other = (place.name for place in there[:2])
        raise GraphFormatError(
            f"{folder} holds both {one} and {other}, and one of them is the table of "
            f"{name}. Move the other one elsewhere, or name the one that is meant: "
            f"--{name} {one} of a command, build_links(folder, {name}={one!r})."
        )
    return there[0] if there else None


def table_files(place: Path) -> list[Path]:
    """Return the files of a table.

    Parameters
    ----------
    place : Path
        A file, or a folder of files.

    Returns
    -------
    list of Path
        That file, whatever its name; of a folder those whose names end as a table's
        and begin neither with a dot nor with ``_``, as engines call files of their own,
        in the order of their names. None where nothing is there.

    Raises
    ------
    GraphFormatError
        If files of a folder are of several formats.
    """
    if place.is_file():
        return [place]
    if not place.is_dir():
        return []
    parts = sorted(
        path
        for path in place.iterdir()
        if path.name[0] not in "._" and format_of(path) is not None and path.is_file()
    )
    kinds = {format_of(path): path.name for path in parts}
    if len(kinds) > 1:
        one, other = sorted(kinds.values())[:2]
        raise GraphFormatError(
            f"The folder {place.name} holds {one} and {other}: a table is of one "
            "format. Move the files that are not of it elsewhere."
        )
    return parts


def table_format(place: Path) -> str:
    """Tell the format of a table.

    Parameters
    ----------
    place : Path
        A file, or a folder of files, which is there.

    Returns
    -------
    {'parquet', 'csv', 'jsonl'}
        Of all its files.

    Raises
    ------
    GraphFormatError
        If it is of none of these.
    """
    files = table_files(place)
    kind = format_of(files[0]) if files else None
    if kind is None:
        what = "holds no file of a" if place.is_dir() else "is of no"
        raise GraphFormatError(
            f"{place.name} {what} format that is read here: the name of a table ends "
            "in .parquet, .csv, .tsv or .jsonl."
        )
    return kind


def table_digest(place: Path) -> str | list[list[str]]:
    """Tell tables apart by what is in them.

    Parameters
    ----------
    place : Path
        A file, or a folder of files.

    Returns
    -------
    str or list of [str, str]
        A digest; of a folder one per file, by their names.
    """
    if place.is_file():
        return file_digest(place)
    return [[path.name, file_digest(path)] for path in table_files(place)]
