"""Whether an encoder is the one that a model was fitted with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.encoding.embed import embed_texts

__all__ = ["check_encoder", "probe_encoder"]

_SENTENCE = "A sentence by which an encoder is told from another: graphs of documents."
_ALIKE = 0.99  # cosine; half precision and other backends stay above


def probe_encoder(encoder: Any, device: str) -> NDArray[np.float32]:
    """Return what tells an encoder from others.

    Parameters
    ----------
    encoder : str or TextEncoder
        As :func:`~sklearn_tagkd.encoding.embed_texts` takes it.
    device : str
        Where a sentence-transformers model runs.

    Returns
    -------
    ndarray of float32 of shape (n_dimensions,)
        Its embedding of one sentence of ours.
    """
    return embed_texts([_SENTENCE], encoder, device=device, progress=False)[0]


def check_encoder(encoder: Any, device: str, probe: NDArray[np.float32]) -> None:
    """Refuse an encoder that is another than a model was fitted with.

    Parameters
    ----------
    encoder : str or TextEncoder
        What embeds texts now.
    device : str
        Where a sentence-transformers model runs.
    probe : ndarray of float32 of shape (n_dimensions,)
        What :func:`probe_encoder` said of the one it was fitted with.

    Raises
    ------
    ValueError
        If it has another width, or says something else.
    """
    now = probe_encoder(encoder, device)
    name = encoder if isinstance(encoder, str) else type(encoder).__name__
    if now.shape != probe.shape:
        raise ValueError(
            f"The encoder {name!r} gives {len(now)} columns, and the model was fitted "
            f"with one that gives {len(probe)}. Give it back: "
            "sklearn_tagkd.load(path, encoder=...)."
        )
    length = float(np.linalg.norm(now) * np.linalg.norm(probe))
    if float(now @ probe) < _ALIKE * length:
        raise ValueError(
            f"The encoder {name!r} is another than the model was fitted with: of one "
            "and the same sentence it says something else. Give the right one: "
            "sklearn_tagkd.load(path, encoder=...)."
        )
