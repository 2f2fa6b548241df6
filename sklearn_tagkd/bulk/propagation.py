"""Rows propagated along a graph in a folder, block of columns by block of columns.

Columns do not mix: a task maps the links, takes its block through all steps alone and
writes it. Between steps nothing is exchanged, and memory is set by the block's width.
"""

from __future__ import annotations

import json
from numbers import Integral, Real
from os import PathLike
from pathlib import Path

from joblib import effective_n_jobs

from sklearn_tagkd.bulk.claims import alone, is_busy, once
from sklearn_tagkd.bulk.column_blocks import (
    Propagation,
    block_file,
    propagate_block,
    write_scale,
)
from sklearn_tagkd.bulk.keys import key_of_facts
from sklearn_tagkd.bulk.tasks import run_tasks
from sklearn_tagkd.features.row_parts import ColumnBlocks
from sklearn_tagkd.features.stored_rows import open_rows, rows_digest
from sklearn_tagkd.graph.stored import BUILT, StoredGraph, open_store
from sklearn_tagkd.utils.array_files import map_array
from sklearn_tagkd.utils.memory_sizes import PROCESS_BYTES, check_memory, memory_bytes
from sklearn_tagkd.utils.whole_files import replacing

__all__ = [
    "columns_at_a_time",
    "mark_of",
    "place_of_columns",
    "propagate_folder",
    "propagate_rows",
]


def propagate_folder(
    folder: str | PathLike[str],
    rows: str | PathLike[str],
    *,
    n_hops: int = 10,
    teleport: float = 0.1,
    max_memory: int | str = "4GiB",
    device: str = "auto",
    n_jobs: int | None = None,
    progress: bool | str = "auto",
) -> ColumnBlocks:
    """Propagate rows along the links of a graph in a folder, in bounded memory.

    It is what the ``decoupled`` backbone hears: personalised PageRank over rows. Killed
    and run again, it goes on where it was.

    Parameters
    ----------
    folder : str or PathLike
        Where :func:`build_links` built a graph.
    rows : str or PathLike
        One row per node, of float16 or float32: a file of ``numpy.save``, or a folder
        of such files whose rows follow one another in the order of their names.
    n_hops : int, default=10
        Steps.
    teleport : float, default=0.1
        Share of its own row that a node keeps per step.
    max_memory : int or str, default='4GiB'
        Bytes, or such as ``'500MiB'``, that all processes together may take. Each holds
        eight bytes per node and column of its block; the rest of the memory serves the
        system to keep links that are read anew at every step.
    device : str, default='auto'
        Where to compute: ``'cpu'``, or a CUDA device such as ``'cuda'``, which takes as
        many columns at a time as it has memory for. ``'auto'`` takes one where this
        machine has one; of workers elsewhere, say what they have.
    n_jobs : int, default=None
        Processes; None is 1, or what ``joblib.parallel_config`` says.
    progress : bool or 'auto', default='auto'
        Whether to show a progress bar.

    Returns
    -------
    ColumnBlocks of shape (n_nodes, n_columns)
        Mapped; ``propagated[1000:2000]`` reads these rows.

    Raises
    ------
    FileNotFoundError
        If no graph was built there, or there are no such rows.
    ValueError
        If there is not a row of finite numbers for every node, or not memory enough
        for one column.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np, pandas as pd
    >>> from sklearn_tagkd.bulk import build_links, propagate_folder
    >>> folder = Path(tempfile.mkdtemp())
    >>> np.save(folder / "features.npy", np.eye(2, dtype=np.float32))
    >>> pd.DataFrame({"node": [0, 1]}).to_parquet(folder / "nodes.parquet")
    >>> edges = pd.DataFrame({"source": [0], "target": [1]})
    >>> edges.to_parquet(folder / "edges.parquet")
    >>> report = build_links(folder)
    >>> propagated = propagate_folder(folder, folder / "features.npy", n_hops=1)
    >>> propagated[:].astype(float).round(2).tolist()
    [[0.55, 0.45], [0.45, 0.55]]
    """
    store = open_store(folder, verify=False)
    source = open_rows(Path(rows))
    if len(source) != len(store):
        raise ValueError(
            f"There are {len(source)} rows in {rows} and {len(store)} nodes in "
            f"{folder}. Give one row per node, in the order of the nodes."
        )
    if not source.shape[1]:
        raise ValueError(f"There is no column in {rows}: its shape is {source.shape}.")
    is_count = isinstance(n_hops, Integral) and n_hops >= 0
    if not (is_count and isinstance(teleport, Real) and 0 <= teleport <= 1):
        raise ValueError(
            f"n_hops={n_hops!r} must be an integer of at least 0, teleport="
            f"{teleport!r} a number between 0 and 1."
        )
    n_hops, teleport = int(n_hops), float(teleport)
    how = Propagation(n_hops, teleport, device=place_of_columns(device))
    known = [rows_digest(Path(rows)), store.source, n_hops, teleport]
    key = key_of_facts([*known, *mark_of(how.device)])
    return propagate_rows(
        store,
        Path(rows).resolve(),
        store.folder / BUILT / f"propagated-{key}",
        how,
        memory=memory_bytes(max_memory),
        n_jobs=n_jobs,
        progress=progress,
    )


def propagate_rows(
    store: StoredGraph,
    rows: Path,
    work: Path,
    how: Propagation,
    *,
    memory: int,
    n_jobs: int | None,
    progress: bool | str,
) -> ColumnBlocks:
    """Propagate rows, with links that may weigh otherwise than the graph says.

    Parameters
    ----------
    store : StoredGraph
        A graph in a folder.
    rows : Path
        One row per node.
    work : Path
        Folder of the blocks, which are left where they are there.
    how : Propagation
        Steps, links, and where to compute.
    memory : int
        Bytes that all processes together may take.
    n_jobs : int or None
        Processes.
    progress : bool or 'auto'
        Whether to show a progress bar.

    Returns
    -------
    ColumnBlocks of shape (n_nodes, n_columns)
        Mapped.
    """
    n_columns = open_rows(rows).shape[1]
    width = columns_at_a_time(len(store), n_columns, memory, n_jobs)
    cuts = _plan(work, n_columns, width)
    with once(work / "scale.npy") as is_missing:
        if is_missing:
            write_scale(work, store, how.weights)
    tasks = {
        block_file(work, cut): (store.folder, rows, work, cut, how) for cut in cuts
    }
    run_tasks(
        propagate_block, tasks, n_jobs=n_jobs, title="propagate", progress=progress
    )
    return ColumnBlocks([map_array(block_file(work, cut)) for cut in cuts])


def place_of_columns(device: str) -> str:
    """Return where columns are propagated, by a name that every process understands.

    Parameters
    ----------
    device : str
        ``'auto'``, or a name of torch's.

    Returns
    -------
    str
        A CUDA device, or ``'cpu'`` for any other.

    Raises
    ------
    ValueError
        If torch does not know the name, or this machine lacks the device.
    """
    if device == "cpu":
        return device
    # Imported late: torch takes seconds, and a CPU needs none of it yet.
    from sklearn_tagkd.nn.device import pick_device, place_of_products

    return str(place_of_products(pick_device(device)))


def mark_of(place: str) -> list[str]:
    """Tell what a GPU rounds from what a CPU does, in names of files.

    Parameters
    ----------
    place : str
        As :func:`place_of_columns` returns it.

    Returns
    -------
    list of str
        Nothing for a CPU; the same for every device of a kind.
    """
    return [] if place == "cpu" else [place.partition(":")[0]]


def columns_at_a_time(
    n_nodes: int, n_columns: int, memory: int, n_jobs: int | None
) -> int:
    """Return how many columns a process can hold.

    Parameters
    ----------
    n_nodes, n_columns : int
        Of the rows that are propagated.
    memory : int
        Bytes that all processes together may take.
    n_jobs : int or None
        Processes.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    ValueError
        If memory does not hold one column.
    """
    n_workers: int = min(max(1, effective_n_jobs(n_jobs)), n_columns)
    check_memory(memory, n_nodes, n_workers)
    # Two states of a block, a factor and a degree of every node.
    free = memory // n_workers - PROCESS_BYTES - 8 * n_nodes
    width = free // (8 * n_nodes)
    n_blocks = max(n_workers, -(-n_columns // width))
    return -(-n_columns // n_blocks)


def _plan(work: Path, n_columns: int, width: int) -> list[tuple[int, int]]:
    """Return the blocks: those of a killed run where they are narrow enough."""
    work.mkdir(parents=True, exist_ok=True)
    plan = work / "blocks.json"
    if cuts := _usable(plan, width):
        return cuts
    busy = is_busy(work)
    with alone(plan):
        if cuts := _usable(plan, width):  # of who was before us
            return cuts
        if busy:
            raise ValueError(
                f"Another process propagates the same rows, in blocks of more than "
                f"{width} columns, which is all that max_memory holds. Give as much "
                "memory, or wait until it is done."
            )
        for block in (*work.glob("columns-*"), *work.glob("own-*")):
            block.unlink()
        starts = range(0, n_columns, width)
        cuts = [(low, min(low + width, n_columns)) for low in starts]
        with replacing(plan) as path:
            path.write_text(json.dumps(cuts), encoding="utf-8")
        return cuts


def _usable(plan: Path, width: int) -> list[tuple[int, int]] | None:
    if not plan.is_file():
        return None
    cuts = [(low, high) for low, high in json.loads(plan.read_text())]
    done = all(block_file(plan.parent, cut).is_file() for cut in cuts)
    is_narrow = max(high - low for low, high in cuts) <= width
    return cuts if done or is_narrow else None
