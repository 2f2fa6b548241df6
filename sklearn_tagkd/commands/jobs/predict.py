"""``sklearn-tagkd predict``: a saved model labels a folder, part by part."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.commands.jobs.folder_options import (
    add_common_options,
    add_folder_options,
    at_least,
    layout_of,
    new_command,
)
from sklearn_tagkd.commands.jobs.outputs import writing
from sklearn_tagkd.commands.jobs.predicting import Predictor
from sklearn_tagkd.commands.outcome import Outcome, UsageError
from sklearn_tagkd.commands.terminal import Terminal
from sklearn_tagkd.datasets.digest import file_digest
from sklearn_tagkd.datasets.documents import read_documents
from sklearn_tagkd.datasets.folder_links import read_links
from sklearn_tagkd.datasets.folder_tables import read_folder, read_ids
from sklearn_tagkd.datasets.layout import Layout
from sklearn_tagkd.datasets.node_index import NodeIndex
from sklearn_tagkd.datasets.parts import PartFolder
from sklearn_tagkd.datasets.table_files import (
    format_of,
    table_digest,
    table_format,
)
from sklearn_tagkd.datasets.writing import check_target
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.serving.result_columns import result_columns
from sklearn_tagkd.serving.wide_model import WideModel

__all__ = ["add_to"]

_ROWS = 50_000
_EMBEDDED = 2**14  # nodes at a time


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command.

    Parameters
    ----------
    commands : argparse action
        Those that there are.
    """
    parser = new_command(
        commands,
        "predict",
        "label the documents of a folder with a saved model; nobody is asked",
        "Columns of the output: node, label, confidence. Rows are written in parts\n"
        "to FILE.parts, and become FILE when all are there: a run that was killed\n"
        "goes on where it was, by the same command.",
    )
    parser.add_argument("model_file", type=Path, metavar="MODEL", help="of train")
    add_folder_options(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="*.parquet, *.csv, *.tsv or *.jsonl",
    )
    parser.add_argument(
        "--probabilities",
        action="store_true",
        help="a column per class too, of its name",
    )
    parser.add_argument(
        "--part-rows",
        type=at_least(1),
        default=_ROWS,
        metavar="N",
        help="rows written at a time (default: %(default)s)",
    )
    parser.add_argument(
        "--device", default="auto", help="cpu, cuda or auto (default: %(default)s)"
    )
    add_common_options(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, terminal: Terminal) -> Outcome:
    try:
        check_target(options.output)
    except GraphFormatError as error:
        raise UsageError(f"-o {error}") from None
    with writing({"-o": options.output}, options):
        return _predict(options, terminal)


def _predict(options: argparse.Namespace, terminal: Terminal) -> Outcome:
    predictor = Predictor.load(
        options.model_file, options.device, terminal.shows_progress
    )
    layout = _layout(options)
    ids = read_ids(layout.nodes_path(options.folder), layout)
    if format_of(options.output) == "parquet" and len(set(map(type, ids))) > 1:
        raise UsageError(
            "-o: ids are strings and numbers, and a column of Parquet holds either. "
            "Write .jsonl."
        )
    parts = PartFolder(options.output, _origin(options, predictor))
    n_rows = options.part_rows
    n_parts = -(-len(ids) // n_rows)
    there = [parts.has(number) for number in range(n_parts)]
    if any(there):
        terminal.note(f"{sum(there)} of {n_parts} parts were written before")
    counts: Counter[str] = Counter()
    scratch = parts.folder / "columns"
    shares = _shares(options, predictor, there, len(ids), scratch, terminal)
    for number, share in enumerate(shares):
        begin = number * n_rows
        part_ids = ids[begin : begin + n_rows]
        if share is not None:
            if len(share) != len(part_ids):
                raise GraphFormatError(
                    "The table of nodes has changed while it was read. Run the same "
                    "command again once nobody writes to it."
                )
            columns = result_columns(
                part_ids, share, predictor.classes, options.probabilities
            )
            parts.write(number, columns)
        terminal.progress(min(begin + n_rows, len(ids)), len(ids), "nodes")
    counts = parts.count("label", n_parts)
    parts.join(n_parts)
    facts = {
        "nodes": len(ids),
        "parts": n_parts,
        "parts_written_before": sum(there),
        "classes": [str(label) for label in predictor.classes.tolist()],
        "labels": {str(label): n for label, n in sorted(counts.items())},
        "output": str(options.output),
        "bytes": options.output.stat().st_size,
    }
    lines = [
        f"nodes        {len(ids):,}",
        *(f"  {n:>10,}  {label}" for label, n in counts.most_common(20)),
        f"labels       {options.output}",
    ]
    return Outcome(facts, lines)


def _shares(
    options: argparse.Namespace,
    predictor: Predictor,
    there: list[bool],
    n_nodes: int,
    scratch: Path,
    terminal: Terminal,
) -> Iterator[NDArray[np.float64] | None]:
    """Yield the probabilities of one part after the other; None where it is there."""
    layout, n_rows = _layout(options), options.part_rows
    if all(there):
        yield from [None] * len(there)
    elif not predictor.sees_links:  # so that no more than a part has to be in memory
        path = layout.nodes_path(options.folder)
        for number, part in enumerate(read_documents(path, layout, None, n_rows)):
            known = there[number]
            yield None if known else predictor.of_texts(part.texts, part.features)
    elif predictor.is_too_wide(n_nodes):
        scratch.mkdir(exist_ok=True)
        wide = predictor.wide(scratch)
        _fill(wide, options, n_nodes, terminal)
        for number, known in enumerate(there):
            part_rows = slice(number * n_rows, (number + 1) * n_rows)
            yield None if known else wide.probabilities(part_rows)
    else:
        tables = read_folder(
            options.folder, layout, skip_unknown=options.skip_unknown_links
        )
        for note in tables.notes:
            terminal.note(note)
        whole = predictor.of_tables(tables, options.directed)
        for number, known in enumerate(there):
            part_rows = slice(number * n_rows, (number + 1) * n_rows)
            yield None if known else whole[part_rows]


def _layout(options: argparse.Namespace) -> Layout:
    """Return where what stands; labels, good or bad, decide nothing here."""
    return replace(layout_of(options), label=None)


def _fill(
    wide: WideModel, options: argparse.Namespace, n_nodes: int, terminal: Terminal
) -> None:
    """Give a model all documents and links of a folder, a part in memory at a time."""
    layout = _layout(options)
    path = layout.nodes_path(options.folder)
    index = NodeIndex(table_format(path) == "csv", path.name, layout.node)
    for part in read_documents(path, layout, index, _EMBEDDED):
        wide.add(part.texts, part.features)
        terminal.progress(len(index), n_nodes, "nodes read")
    notes: list[str] = []
    links, weights = read_links(
        options.folder, layout, index, options.skip_unknown_links, notes
    )
    for note in notes:
        terminal.note(note)
    terminal.note("propagating")
    wide.link(links, weights, options.directed)


def _origin(options: argparse.Namespace, predictor: Predictor) -> dict[str, Any]:
    """Return all that decides a row: parts of something else do not count."""
    from sklearn_tagkd import __version__

    layout = _layout(options)
    nodes, edges = layout.nodes_path(options.folder), layout.edges_path(options.folder)
    origin = {
        "version": __version__,
        "model": file_digest(options.model_file),
        "nodes": [nodes.name, table_digest(nodes)],
        "layout": asdict(layout),
        "part_rows": options.part_rows,
        "probabilities": options.probabilities,
    }
    if predictor.sees_links and edges is not None:
        origin["edges"] = [edges.name, table_digest(edges)]
        origin["links"] = [options.directed, options.skip_unknown_links]
    return origin
