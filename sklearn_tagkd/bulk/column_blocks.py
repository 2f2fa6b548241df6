"""One block of columns: read, taken through all steps, and written to a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.features.row_parts import RowParts, SharedRows
from sklearn_tagkd.features.stored_rows import open_rows
from sklearn_tagkd.graph.stored import StoredGraph, open_store, received_links
from sklearn_tagkd.nn.inputs import Messages
from sklearn_tagkd.utils.array_files import ArrayFile, map_array
from sklearn_tagkd.utils.large_arrays import row_blocks

__all__ = ["Propagation", "block_file", "propagate_block", "write_scale"]

Cut = tuple[int, int]


@dataclass(frozen=True)
class Propagation:
    """How rows are propagated; small enough to be sent with every task.

    Parameters
    ----------
    n_hops : int
        Steps.
    teleport : float
        Share of its own row that a node keeps per step.
    weights : Path, default=None
        Of an array of float32, one weight per link as it is received; None takes those
        of the graph.
    messages : Path, default=None
        Folder of ``receiver``, ``sender`` and ``messages``, as
        :class:`~sklearn_tagkd.nn.inputs.Messages` has them, and of their ``order``
        among those of the network; for ``as_in_memory``, and on a GPU.
    factor : Path, default=None
        Of an array of float32, one number per node and then per message: what rows are
        multiplied by beforehand; None for 1.
    as_in_memory : bool, default=False
        Whether what a CPU makes is to the bit what a fit in memory hears, which takes
        longer.
    device : str, default='cpu'
        Where to compute: a CUDA device, or the CPU.
    """

    n_hops: int
    teleport: float
    weights: Path | None = None
    messages: Path | None = None
    factor: Path | None = None
    as_in_memory: bool = False
    device: str = "cpu"


def block_file(work: Path, cut: Cut) -> Path:
    """Return where a block is written.

    Parameters
    ----------
    work : Path
        Folder of the blocks.
    cut : (int, int)
        Its first column, and the one after its last.

    Returns
    -------
    Path
        Of an array of float32, one row per node.
    """
    return work / f"columns-{cut[0]:05d}.npy"


def _heard(store: StoredGraph, weights: Path | None) -> csr_array:
    links = received_links(store)
    if weights is None:
        return links
    cells = (map_array(weights, "<f4", (links.nnz,)), links.indices, links.indptr)
    return csr_array(cells, shape=links.shape)


def write_scale(work: Path, store: StoredGraph, weights: Path | None) -> None:
    """Write what a node's state is multiplied by: one over the root of its degree.

    Parameters
    ----------
    work : Path
        Folder of the blocks.
    store : StoredGraph
        A graph in a folder.
    weights : Path or None
        As of :class:`Propagation`.
    """
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
    if not weights.all():  # a cell more would be added up in another order
        some = some.copy()
        some.eliminate_zeros()
    sums = np.asarray(some.sum(axis=1), dtype=np.float32)
    return sums.ravel()


def propagate_block(
    folder: Path, rows: Path, work: Path, cut: Cut, how: Propagation
) -> None:
    """Propagate a block of columns, and write it.

    Parameters
    ----------
    folder : Path
        The graph's folder.
    rows : Path
        One row per node.
    work : Path
        Folder of the blocks.
    cut : (int, int)
        Its first column, and the one after its last.
    how : Propagation
        Steps, links, and where to compute.
    """
    factor = None if how.factor is None else map_array(how.factor)
    own = _own_columns(open_rows(rows), work, cut, factor)
    links = _heard(open_store(folder, verify=False), how.weights)
    given = links, map_array(work / "scale.npy")
    hops, width = (how.n_hops, how.teleport), cut[1] - cut[0]
    said = None if how.messages is None else _messages(how.messages, cut, factor)
    # Imported late: torch takes seconds, and what was done before needs none.
    with ArrayFile(block_file(work, cut), "<f4", width) as file:
        write = file.append
        if how.device != "cpu":
            from sklearn_tagkd.nn.links.on_device import propagate_on_device

            write(propagate_on_device(*given, own, *hops, said, device=how.device))
        elif how.as_in_memory:
            from sklearn_tagkd.nn.links.mapped import propagate_mapped

            propagate_mapped(*given, own, *hops, write, said)
        else:
            from sklearn_tagkd.nn.links.streamed import propagate_columns

            propagate_columns(*given, own.__getitem__, width, *hops, write)
    _own_file(work, cut).unlink(missing_ok=True)


def _messages(folder: Path, cut: Cut, factor: NDArray[np.float32] | None) -> Messages:
    names = ("receiver", "sender", "messages", "order")
    receiver, sender, rows, order = (map_array(folder / f"{n}.npy") for n in names)
    said = np.ascontiguousarray(rows[:, slice(*cut)])
    if factor is not None:
        said = said * factor[len(factor) - len(said) :][order][:, None]
    return Messages(receiver, sender, said)


def _own_columns(
    rows: RowParts | SharedRows,
    work: Path,
    cut: Cut,
    factor: NDArray[np.float32] | None,
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
                if factor is not None:
                    columns = columns * factor[part][: len(columns), None]
                file.append(columns)
    return map_array(path)


def _own_file(work: Path, cut: Cut) -> Path:
    return work / f"own-{cut[0]:05d}.npy"
