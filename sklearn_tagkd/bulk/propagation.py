"""Rows propagated along a graph in a folder, block of columns by block of columns.

Columns do not mix: a task maps the links, takes its block through all steps alone and
writes it. Between steps nothing is exchanged, and memory is set by the block's width.
"""

from __future__ import annotations

import json
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.bulk.claims import alone, is_busy, once
from sklearn_tagkd.bulk.keys import key_of_facts
from sklearn_tagkd.bulk.tasks import run_tasks
from sklearn_tagkd.features.row_parts import ColumnBlocks, RowParts, SharedRows
from sklearn_tagkd.features.stored_rows import open_rows, rows_digest
from sklearn_tagkd.graph.stored import BUILT, StoredGraph, open_store, received_links
from sklearn_tagkd.nn.inputs import Messages
from sklearn_tagkd.utils.array_files import ArrayFile, map_array
from sklearn_tagkd.utils.large_arrays import row_blocks
from sklearn_tagkd.utils.memory_sizes import PROCESS_BYTES, check_memory, memory_bytes
from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["columns_at_a_time", "propagate_folder", "propagate_rows"]


def propagate_folder(
    folder: str | PathLike[str],
    rows: str | PathLike[str],
    *,
    n_hops: int = 10,
    teleport: float = 0.1,
    max_memory: int | str = "4GiB",
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
    known = [rows_digest(Path(rows)), store.source, n_hops, teleport]
    key = key_of_facts(known)
    return propagate_rows(
        store,
        Path(rows).resolve(),
        store.folder / BUILT / f"propagated-{key}",
        hops=(n_hops, teleport),
        memory=memory_bytes(max_memory),
        n_jobs=n_jobs,
        progress=progress,
    )


def propagate_rows(
    store: StoredGraph,
    rows: Path,
    work: Path,
    *,
    weights: Path | None = None,
    messages: Path | None = None,
    as_in_memory: bool = False,
    hops: tuple[int, float],
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
    weights : Path, default=None
        Of an array of float32, one weight per link as it is received; None takes those
        of the graph.
    messages : Path, default=None
        Folder of ``receiver``, ``sender`` and ``messages``, as
        :class:`~sklearn_tagkd.nn.inputs.Messages` has them; for ``as_in_memory``.
    as_in_memory : bool, default=False
        Whether what comes out is to the bit what a fit in memory hears, which takes
        longer.
    hops : (int, float)
        Steps of propagation and share that a node keeps.
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
            _write_scale(work, store, weights)
    how = (hops, weights, messages, as_in_memory)
    tasks = {_block(work, cut): (store.folder, rows, work, cut, *how) for cut in cuts}
    run_tasks(
        _propagate_block, tasks, n_jobs=n_jobs, title="propagate", progress=progress
    )
    return ColumnBlocks([map_array(_block(work, cut)) for cut in cuts])


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
    done = all(_block(plan.parent, cut).is_file() for cut in cuts)
    is_narrow = max(high - low for low, high in cuts) <= width
    return cuts if done or is_narrow else None


def _block(work: Path, cut: tuple[int, int]) -> Path:
    return work / f"columns-{cut[0]:05d}.npy"


def _heard(store: StoredGraph, weights: Path | None) -> csr_array:
    links = received_links(store)
    if weights is None:
        return links
    cells = (map_array(weights, "<f4", (links.nnz,)), links.indices, links.indptr)
    return csr_array(cells, shape=links.shape)


def _write_scale(work: Path, store: StoredGraph, weights: Path | None) -> None:
    """Write what a node's state is multiplied by: one over the root of its degree."""
    links = _heard(store, weights)
    with ArrayFile(work / "scale.npy", "<f4") as file:
        for nodes in row_blocks(len(store)):
            degree = 1 + _received_sums(links, nodes)
            file.append(1 / np.sqrt(degree))


def _received_sums(links: csr_array, nodes: slice) -> NDArray[np.float32]:
    starts = links.indptr[nodes.start : nodes.stop + 1]
    sums: NDArray[np.float32]
    if links.data.dtype == np.int8:  # ones, which need not be read
        sums = np.diff(starts).astype(np.float32)
        return sums
    cells = slice(starts[0], starts[-1])
    weights = links.data[cells].astype(np.float32)
    some = csr_array(
        (weights, links.indices[cells], starts - starts[0]),
        shape=(len(starts) - 1, links.shape[1]),
    )
    sums = np.asarray(some.sum(axis=1), dtype=np.float32)
    return sums.ravel()


def _propagate_block(
    folder: Path,
    rows: Path,
    work: Path,
    cut: tuple[int, int],
    hops: tuple[int, float],
    weights: Path | None,
    messages: Path | None,
    as_in_memory: bool,
) -> None:
    # Imported late: torch takes seconds, and what was done before needs none.
    from sklearn_tagkd.nn.links.mapped import propagate_mapped
    from sklearn_tagkd.nn.links.streamed import propagate_columns

    own = _own_columns(open_rows(rows), work, cut)
    links = _heard(open_store(folder, verify=False), weights)
    scale, width = map_array(work / "scale.npy"), cut[1] - cut[0]
    with ArrayFile(_block(work, cut), "<f4", width) as file:
        write = file.append
        if as_in_memory:
            said = None if messages is None else _messages(messages, cut)
            propagate_mapped(links, scale, own, *hops, write, said)
        else:
            propagate_columns(links, scale, own.__getitem__, width, *hops, write)
    _own_file(work, cut).unlink(missing_ok=True)


def _messages(folder: Path, cut: tuple[int, int]) -> Messages:
    names = ("receiver", "sender", "messages")
    receiver, sender, rows = (map_array(folder / f"{name}.npy") for name in names)
    return Messages(receiver, sender, np.ascontiguousarray(rows[:, slice(*cut)]))


def _own_columns(
    rows: RowParts | SharedRows, work: Path, cut: tuple[int, int]
) -> NDArray[Any]:
    """Lay the columns of a block end to end: they are read at every step."""
    path = _own_file(work, cut)
    if not path.is_file():
        with ArrayFile(path, rows.dtype, cut[1] - cut[0]) as file:
            for part in row_blocks(len(rows)):
                columns = rows.read(part, slice(*cut))
                if not np.isfinite(columns).all():
                    row = part.start + int(np.argwhere(~np.isfinite(columns))[0, 0])
                    raise ValueError(
                        f"Row {row} holds a number that is not finite. Fill it in."
                    )
                file.append(columns)
    return map_array(path)


def _own_file(work: Path, cut: tuple[int, int]) -> Path:
    return work / f"own-{cut[0]:05d}.npy"
