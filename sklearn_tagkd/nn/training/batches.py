"""A loss term on its device, dealt out in batches."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from sklearn_tagkd.nn.links.products import dense_tensor
from sklearn_tagkd.nn.randomness import generator_for
from sklearn_tagkd.nn.training.terms import LossTerm

__all__ = ["Batches"]


class Batches:
    """A loss term on its device, dealt out in shuffled batches without end.

    Every batch lies in the same memory, so that what is done with one can be repeated
    with the next.

    Parameters
    ----------
    term : LossTerm
        What is to be matched.
    batch_size : int or None
        Rows per batch; all rows are one batch where it is None or there are no more.
    device : torch.device
        Where the rows shall rest.
    """

    def __init__(
        self, term: LossTerm, batch_size: int | None, device: torch.device
    ) -> None:
        self.name, self.output, self.scale = term.name, term.output, term.scale
        self._rows = dense_tensor(term.rows, device)
        self._values = dense_tensor(term.values, device)
        self._weights = dense_tensor(term.weights, device)
        self._places: Tensor | None = None  # of the batch among all rows
        if batch_size is not None and batch_size < len(term.rows):
            self._places = torch.zeros(batch_size, dtype=torch.int64, device=device)
            self._dealt = self._deal(batch_size)

    def _deal(self, size: int) -> Iterator[Tensor]:
        n_rows, where = len(self._rows), self._rows.device
        generator = generator_for(where)
        while True:
            order = torch.randperm(n_rows, generator=generator, device=where)
            for start in range(0, n_rows - size + 1, size):
                yield order[start : start + size]

    def advance(self) -> None:
        """Deal the next batch."""
        if self._places is not None:
            self._places.copy_(next(self._dealt))

    def read(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the batch dealt last, or all there is.

        Returns
        -------
        rows : Tensor of int64 of shape (n_rows,)
            Nodes.
        values : Tensor of float32 of shape (n_rows, n_columns)
            What is to be matched there.
        weights : Tensor of float32 of shape (n_rows,)
            Not negative.
        """
        everything = (self._rows, self._values, self._weights)
        if self._places is None:
            return everything
        rows, values, weights = (
            part.index_select(0, self._places) for part in everything
        )
        return rows, values, weights
