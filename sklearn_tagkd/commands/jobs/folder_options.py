"""Options that say where in a folder what stands, and what every command shares."""

from __future__ import annotations

import argparse
from pathlib import Path

from sklearn_tagkd.commands.outcome import UsageError
from sklearn_tagkd.commands.terminal import Terminal
from sklearn_tagkd.datasets.folder_tables import FolderTables, read_folder
from sklearn_tagkd.datasets.layout import Layout

__all__ = [
    "FORMATS",
    "add_common_options",
    "add_folder_options",
    "at_least",
    "given_file",
    "layout_of",
    "new_command",
    "read_documents_of",
]

_COLUMNS = {
    "id": ("node", "the id of a node"),
    "text": ("text", "its text"),
    "label": ("label", "its label"),
    "source": ("source", "the id that a link comes from"),
    "target": ("target", "the id that it leads to"),
    "weight": ("weight", "what a link weighs"),
}

FORMATS = """
FOLDER holds a table of nodes, and one of edges where documents are linked:

  nodes.parquet, nodes.csv or nodes.jsonl    columns node, text; label where known
  edges.parquet, edges.csv or edges.jsonl    columns source, target; weight if any

Either may be a folder of such files, read in the order of their names: nodes, edges. A
table that is there twice is refused: name one, --nodes nodes.csv.

All text is UTF-8. CSV has a header; a comma, a semicolon or a tab between cells; quotes
around a text with line breaks. JSON lines have an object in every line. Ids are strings
or integers, each once; in CSV they are integers where all are written so ("007" stays
"007"). A missing label, '' and -1 mean unlabelled. Parquet takes pyarrow.

exit status: 0 done; 1 an error, which says what to do; 2 wrong options; 3 a limit was
reached, what there is was saved; 130 interrupted, the same command goes on.
"""


def new_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    details: str = "",
) -> argparse.ArgumentParser:
    """Add a command to the shell.

    Parameters
    ----------
    commands : argparse action
        Those that there are.
    name : str
        Of the command.
    summary : str
        In a few words.
    details : str, default=''
        What its help says beside that.

    Returns
    -------
    ArgumentParser
        Of the command.
    """
    return commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.\n{details}",
        epilog=FORMATS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """Add what every command of the way takes.

    Parameters
    ----------
    parser : ArgumentParser
        Of the command.
    """
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object on stdout, everything else on stderr",
    )
    parser.add_argument(
        "--quiet", action="store_true", help="no notes and no progress on stderr"
    )


def add_folder_options(parser: argparse.ArgumentParser) -> None:
    """Add the folder, its files and its columns.

    Parameters
    ----------
    parser : ArgumentParser
        Of the command.
    """
    parser.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="with the tables; before options that take several values",
    )
    group = parser.add_argument_group("the folder")
    usual = Layout()
    for name, what in (("nodes", "nodes"), ("edges", "links")):
        group.add_argument(
            f"--{name}",
            metavar="FILE",
            help=f"table of the {what} in FOLDER (default: {name}.parquet, .csv or "
            f".jsonl, or a folder {name} of such files)",
        )
    for option, (attribute, what) in _COLUMNS.items():
        group.add_argument(
            f"--{option}",
            dest=f"column_{attribute}",
            metavar="COLUMN",
            default=getattr(usual, attribute),
            help=f"column with {what} (default: %(default)s)",
        )
    group.add_argument(
        "--features",
        nargs="+",
        default=(),
        metavar="COLUMN",
        help="columns of the nodes with numbers, or lists of numbers, beside the text",
    )
    group.add_argument("--directed", action="store_true", help="links go one way")
    group.add_argument(
        "--skip-unknown-links",
        action="store_true",
        help="leave out links to ids that no node has",
    )


def layout_of(options: argparse.Namespace) -> Layout:
    """Return where in the folder what stands.

    Parameters
    ----------
    options : Namespace
        Of the command.

    Returns
    -------
    Layout
        Files and columns.
    """
    names = ("node", "text", "label", "source", "target", "weight")
    return Layout(
        nodes=options.nodes,
        edges=options.edges,
        features=tuple(options.features),
        **{name: getattr(options, f"column_{name}") for name in names},
    )


def read_documents_of(options: argparse.Namespace, terminal: Terminal) -> FolderTables:
    """Read the folder.

    Parameters
    ----------
    options : Namespace
        Of the command.
    terminal : Terminal
        Is told what is worth telling.

    Returns
    -------
    FolderTables
        All of it.
    """
    tables = read_folder(
        options.folder, layout_of(options), skip_unknown=options.skip_unknown_links
    )
    for note in tables.notes:
        terminal.note(note)
    return tables


def given_file(options: argparse.Namespace, name: str) -> Path | None:
    """Return a file that is named, or that lies in the folder.

    Parameters
    ----------
    options : Namespace
        Of the command.
    name : str
        Of the option.

    Returns
    -------
    Path or None
        None where there is none.

    Raises
    ------
    UsageError
        If it is named, and not there.
    """
    path: Path | None = getattr(options, name)
    if path is None:
        usual: Path = options.folder / f"{name}.jsonl"
        return usual if usual.is_file() else None
    if not path.is_file():
        raise UsageError(f"--{name.replace('_', '-')}: there is no file {path}.")
    return path


def at_least(least: int) -> type:
    """Return what reads a whole number from an option.

    Parameters
    ----------
    least : int
        Least that is allowed.

    Returns
    -------
    callable
        For ``type=``.
    """

    def read(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}")
        return number

    read.__name__ = "whole number"
    return read  # type: ignore[return-value]
