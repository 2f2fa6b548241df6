"""What a comparison will take, said before it begins."""

from __future__ import annotations

from typing import Any

from joblib import cpu_count

from sklearn_tagkd.features.encoding.embed import unknown_texts
from sklearn_tagkd.graph import TextGraph

__all__ = ["forecast"]

# As measured with MiniLM on one core of a calm machine (docs/speed.md): words per
# second, and the fit of a model, of which the nodes matter little.
_WORDS_PER_SECOND, _SECONDS_PER_MODEL, _SECONDS_PER_NODE = 3000, 1.25, 0.00025
_START, _PICTURE = 10.0, 5.0  # imports and weights; a map of some thousand nodes
_REPORT = 10.0  # some explanations, whose texts are embedded anew without a phrase


def forecast(graph: TextGraph, encoder: Any, n_models: int) -> str:
    """Say what a comparison will take.

    Parameters
    ----------
    graph : TextGraph
        All nodes.
    encoder : str or TextEncoder
        What embeds texts.
    n_models : int
        Models to fit.

    Returns
    -------
    str
        A sentence or two: nothing is sent, how much is computed, about how long on how
        many cores.
    """
    unknown = unknown_texts(graph.texts, encoder)
    words = sum(len(text.split()) for text in unknown)
    encoding = 0.0 if encoder == "hashing" else words / _WORDS_PER_SECOND
    per_model = _SECONDS_PER_MODEL + _SECONDS_PER_NODE * len(graph)
    seconds = _START + encoding / cpu_count() + n_models * per_model + _PICTURE
    seconds += 0.0 if encoder == "hashing" else _REPORT
    n_cores = cpu_count()
    cores = "one core" if n_cores == 1 else f"{n_cores} cores"
    return (
        f"No language model is asked: its answers are recorded. {len(unknown):,} texts "
        f"are to be embedded, {n_models} models to be fitted, a picture and a report "
        "to be made: about "
        f"{_in_words(seconds)} on {cores} that nobody else uses, and about 1 GB of "
        "memory."
    )


def _in_words(seconds: float) -> str:
    if seconds < 90:
        return f"{round(seconds, -1):.0f} seconds"
    return f"{max(2, round(seconds / 60))} minutes"
