"""``decoupled`` over a graph whose rows do not fit into memory: columns on disk.

Propagation mixes rows and never columns, and what follows it is linear up to the length
of a row. So columns go through in blocks, each added to what the network's next layer
says of it; beside that, a few columns of every node are all that memory holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.plain.propagation import ReceivedLinks, propagate
from sklearn_tagkd.utils.extras import is_installed

__all__ = ["WideDecoupled"]

_COLUMNS = 32  # at a time
_ROWS = 2**16  # at a time, where rows are mapped
_TINY = np.float32(1e-12)


class WideDecoupled:
    """A trained ``decoupled`` network, and the rows of a graph.

    Parameters
    ----------
    config : NetworkConfig
        Its shape.
    weights : dict of str to ndarray
        Its weights.
    n_columns : int
        Of a row; the network may look at each several times.
    folder : Path
        Where columns are kept, as many bytes as the rows take; emptied by nobody.
    """

    def __init__(
        self,
        config: NetworkConfig,
        weights: dict[str, NDArray[Any]],
        n_columns: int,
        folder: Path,
    ) -> None:
        self._config, self._weights = config, weights
        self._n_columns, self._folder = n_columns, folder
        self._n_times = config.input_dim // n_columns
        self.n_rows = 0
        self._heard = np.empty((0, 0), dtype=np.float32)
        for place in range(len(self.blocks())):
            self._path(place).unlink(missing_ok=True)

    def add(self, rows: NDArray[np.float32]) -> None:
        """Take over further rows.

        Parameters
        ----------
        rows : ndarray of float32 of shape (n_rows, n_columns)
            Of the input space, in the order of the nodes.
        """
        for place, block in enumerate(self.blocks()):
            with open(self._path(place), "ab") as file:
                np.ascontiguousarray(rows[:, block], dtype=np.float32).tofile(file)
        self.n_rows += len(rows)

    def columns(self, place: int) -> NDArray[np.float32]:
        """Return a block of columns.

        Parameters
        ----------
        place : int
            Of the block, from 0.

        Returns
        -------
        ndarray of float32 of shape (n_rows, n_columns_of_block)
            Of all nodes.
        """
        flat = np.fromfile(self._path(place), dtype=np.float32)
        return flat.reshape(self.n_rows, -1)

    def blocks(self) -> list[slice]:
        """Return which columns each block holds.

        Returns
        -------
        list of slice
            In their order.
        """
        starts = range(0, self._n_columns, _COLUMNS)
        return [slice(s, min(s + _COLUMNS, self._n_columns)) for s in starts]

    def hear(self, links: ReceivedLinks) -> None:
        """Propagate all columns along the links.

        Parameters
        ----------
        links : ReceivedLinks
            Weighed as links are, among all rows that were added.
        """
        weight = self._weight("neighborhood_head")
        heard = np.zeros((self.n_rows, weight.shape[0]), dtype=np.float32)
        squares = np.zeros(self.n_rows)
        hops = self._config.n_hops, self._config.teleport
        for place, block in enumerate(self.blocks()):
            propagated = _propagate(self.columns(place), links, *hops)
            for start in range(0, self.n_rows, _ROWS):
                part = slice(start, start + _ROWS)
                squares[part] += np.square(propagated[part], dtype=np.float64).sum(1)
                heard[part] += propagated[part] @ weight[:, block].T
        length = np.sqrt(self._n_times * squares).astype(np.float32)
        heard /= np.maximum(length, _TINY)[:, None]
        self._heard = heard

    def probabilities(self, part: slice) -> NDArray[np.float64]:
        """Return what the network says of some nodes, after :meth:`hear`.

        Parameters
        ----------
        part : slice
            Which of them.

        Returns
        -------
        ndarray of float64 of shape (n_rows, n_classes)
            Rows sum to 1.
        """
        start, stop, _ = part.indices(self.n_rows)
        state = self._heard[start:stop].astype(np.float64)
        weight = self._weight("text_head")
        for place, block in enumerate(self.blocks()):
            width = block.stop - block.start
            with open(self._path(place), "rb") as file:
                file.seek(4 * start * width)
                flat = np.fromfile(file, np.float32, (stop - start) * width)
            state += flat.reshape(-1, width) @ weight[:, block].T
        for head in ("neighborhood_head", "text_head"):
            state += self._weights[f"{head}.bias"]
        np.maximum(state, 0, out=state)
        logits = state @ self._weights["classifier.weight"].astype(np.float64).T
        logits += self._weights["classifier.bias"]
        shares: NDArray[np.float64] = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return shares

    def _weight(self, head: str) -> NDArray[np.float32]:
        """Return the weights of a layer, summed over repetitions of a column."""
        weight = self._weights[f"{head}.weight"].astype(np.float32)
        whole: NDArray[np.float32] = weight.reshape(
            len(weight), self._n_times, self._n_columns
        ).sum(axis=1)
        return whole

    def _path(self, place: int) -> Path:
        return self._folder / f"columns-{place:04d}"


def _propagate(
    rows: NDArray[np.float32], links: ReceivedLinks, n_hops: int, teleport: float
) -> NDArray[np.float32]:
    if not (is_installed("torch") and is_installed("scipy")):
        return propagate(rows, links, n_hops, teleport)
    from scipy.sparse import csr_array

    from sklearn_tagkd.nn.inputs import NetworkInputs
    from sklearn_tagkd.nn.links import propagation  # late: torch takes seconds

    cells = (links.weights, links.senders, links.starts)
    received = csr_array(cells, shape=(len(rows), len(rows)))
    inputs = NetworkInputs(rows, received)
    propagated: NDArray[np.float32] = propagation.propagate(
        inputs, n_hops, teleport
    ).numpy()
    return propagated
