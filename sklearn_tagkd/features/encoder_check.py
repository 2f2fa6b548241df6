"""Whether the encoder at hand is the one that a saved model was fitted with."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.encoding import embed_texts
from sklearn_tagkd.features.probe import PROBE_SENTENCE, check_probe

__all__ = ["check_encoder", "probe_encoder"]

_known: set[Hashable] = set()  # encoders that were held against a probe before


def probe_encoder(encoder: Any, device: str) -> NDArray[np.float32]:
    """Return what tells an encoder from others.

    Parameters
    ----------
    encoder : str or TextEncoder
        What embeds texts.
    device : str
        Where a sentence-transformers model runs.

    Returns
    -------
    ndarray of float32 of shape (n_text_dimensions,)
        What it says of one sentence.
    """
    row: NDArray[np.float32] = embed_texts(
        [PROBE_SENTENCE], encoder, device=device, progress=False
    )[0]
    return row


def check_encoder(
    encoder: Any, device: str, key: Hashable, probe: NDArray[np.float32]
) -> None:
    """Refuse, once per process, another encoder than a saved model's.

    Parameters
    ----------
    encoder : str or TextEncoder
        What embeds texts now.
    device : str
        Where a sentence-transformers model runs.
    key : hashable
        Equal for equal encoders.
    probe : ndarray of float32 of shape (n_text_dimensions,)
        What the model's own said.

    Raises
    ------
    ValueError
        If it has another width, or says something else.
    """
    if (key, probe.tobytes()) in _known:
        return
    name = encoder if isinstance(encoder, str) else type(encoder).__name__
    check_probe(probe_encoder(encoder, device), probe, name)
    _known.add((key, probe.tobytes()))
