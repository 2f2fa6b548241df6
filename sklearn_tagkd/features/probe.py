"""Whether an encoder is the one that a model was fitted with: by what it says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["PROBE_SENTENCE", "check_probe"]

PROBE_SENTENCE = "One sentence tells an encoder of documents from every other encoder."
_ALIKE = 0.99  # cosine; half precision and other backends stay above


def check_probe(
    now: NDArray[np.float32], fitted: NDArray[np.float32], name: str
) -> None:
    """Refuse an encoder that is another than a model was fitted with.

    Parameters
    ----------
    now : ndarray of float32 of shape (n_dimensions,)
        What an encoder says of the sentence.
    fitted : ndarray of float32 of shape (n_dimensions,)
        What the one of the model said.
    name : str
        Of the encoder, for the error.

    Raises
    ------
    ValueError
        If it has another width, or says something else.
    """
    if now.shape != fitted.shape:
        raise ValueError(
            f"The encoder {name!r} gives {len(now)} columns, and the model was fitted "
            f"with one that gives {len(fitted)}. Give that one: "
            "sklearn_tagkd.load(path, encoder=...)."
        )
    length = float(np.linalg.norm(now) * np.linalg.norm(fitted))
    if float(now @ fitted) < _ALIKE * length:
        raise ValueError(
            f"The encoder {name!r} is another than the model was fitted with: of one "
            "and the same sentence it says something else. Give the right one: "
            "sklearn_tagkd.load(path, encoder=...)."
        )
