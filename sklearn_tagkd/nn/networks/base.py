"""What every network has: a text head, a classifier, and dropout before both."""

from __future__ import annotations

from torch import Tensor, nn

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.layers.dropout import dropout
from sklearn_tagkd.nn.layers.linear import RowLinear
from sklearn_tagkd.nn.scaled_rows import RowReader

__all__ = ["NetworkBase"]


class NetworkBase(nn.Module):
    """A text head, a classifier, and dropout before both.

    Parameters
    ----------
    config : NetworkConfig
        Its shape.
    """

    classifier: RowLinear  # made last, after what a network adds
    _read: RowReader  # gathers rows of the embeddings

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.text_head = RowLinear(config.input_dim, config.hidden_dim)

    def _text(self, rows: Tensor) -> Tensor:
        text: Tensor = self.text_head(self._drop_input(self._read(rows)))
        return text

    def _drop_input(self, embeddings: Tensor) -> Tensor:
        # Inputs are dropped less than hidden units, as is usual.
        return dropout(embeddings, 0.4 * self.config.dropout, self.training)

    def _classified(self, answers: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return answers with logits in the place of their hidden states."""
        if "logits" in answers:
            hidden = dropout(answers["logits"], self.config.dropout, self.training)
            answers["logits"] = self.classifier(hidden)
        return answers
