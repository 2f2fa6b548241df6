"""What a model was fitted on: it decides how later graphs are read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.encoding.lexical import LexicalSpace
from sklearn_tagkd.utils.link_kinds import LinkKind

__all__ = ["InputSpace"]


@dataclass(frozen=True, eq=False)
class InputSpace:
    """What a model was fitted on; it decides how later graphs are read.

    Parameters
    ----------
    text_center : ndarray of float32 of shape (n_text_dimensions,) or None
        Mean text embedding; None where there was no text to embed.
    n_features : int
        Feature columns of the graph.
    feature_scale : float
        Factor that brought the mean length of the feature rows to 1.
    lexical : LexicalSpace or None
        Latent dimensions of the words; None where they are not wanted.
    probe : ndarray of float32 of shape (n_text_dimensions,) or None
        Of a model out of a file, what its encoder made of a known sentence.
    links : LinkKind or None
        What kind of links there were; None where there were none, or nobody noted it.
    """

    text_center: NDArray[np.float32] | None
    n_features: int
    feature_scale: float
    lexical: LexicalSpace | None = None
    probe: NDArray[np.float32] | None = None
    links: LinkKind | None = None

    def __repr__(self) -> str:
        width = 0 if self.text_center is None else len(self.text_center)
        words = 0 if self.lexical is None else self.lexical.n_dimensions
        return (
            f"InputSpace(text_dimensions={width}, lexical_dimensions={words}, "
            f"features={self.n_features})"
        )

    @property
    def key(self) -> tuple[bytes, bytes, int, float]:
        """Equal for equal spaces."""
        center = b"" if self.text_center is None else self.text_center.tobytes()
        words = b"" if self.lexical is None else self.lexical.key
        return center, words, self.n_features, self.feature_scale

    @property
    def column_widths(self) -> tuple[int, int, int]:
        """How many columns of a row are of the text, of its words, of features."""
        n_text = 0 if self.text_center is None else len(self.text_center)
        n_words = 0 if self.lexical is None else self.lexical.n_dimensions
        return n_text, n_words, self.n_features
