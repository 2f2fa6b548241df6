"""From fitted steps to what is written: what a file may hold, and nothing else."""

from __future__ import annotations

import importlib.metadata
import math
import os
from datetime import UTC, datetime
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_tagkd import __version__
from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.features.encoder_check import probe_encoder
from sklearn_tagkd.features.encoding import HashingEncoder
from sklearn_tagkd.saving.attributes import ATTRIBUTES, CLASSES, NETWORKS
from sklearn_tagkd.saving.checks import is_word
from sklearn_tagkd.saving.precision import TensorWriter, choose_precision

__all__ = ["describe"]

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "sentence-transformers")
# Who answers; where a file lies here; how this machine shows progress.
_NOT_FOR_A_FILE = {"llm", "class_profiles", "progress"}


def describe(model: Any) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return what is written of a model.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted steps of this package.

    Returns
    -------
    document : dict
        Plain values.
    tensors : dict of str to ndarray
        By the names that the document has for them.

    Raises
    ------
    ModelFileError
        If it has another step, or something in it that no file can hold.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    """
    is_pipeline = type(model) is Pipeline
    steps = list(model.steps) if is_pipeline else [("", model)]
    writer = TensorWriter()
    document = {
        "made_by": _versions(),
        "made_at": _now(),
        "is_pipeline": is_pipeline,
        "steps": [_step(name, step, n, writer) for n, (name, step) in enumerate(steps)],
    }
    return document, writer.tensors


def _step(name: str, step: Any, number: int, writer: TensorWriter) -> dict[str, Any]:
    if step is None or step == "passthrough":
        return {"name": name, "kind": "passthrough"}
    kind = type(step).__name__
    if type(step).__module__ != CLASSES.get(kind):
        raise ModelFileError(_advice(step))
    check_is_fitted(step)
    if kind in NETWORKS:
        writer.halves, writer.words = choose_precision(
            step.network_.config, step.network_.weights, step.input_space_
        )
    writer.prefix = f"{number}."
    parameters = step.get_params(deep=False)
    encoder = parameters.pop("encoder") if kind in NETWORKS else None
    kept = {key: _plain(value) for key, value in parameters.items()}
    fitted = {
        attribute: codec.write(getattr(step, attribute), writer)
        for attribute, codec in ATTRIBUTES[kind].items()
        if hasattr(step, attribute)
    }
    embeds_texts = kind in NETWORKS and step.input_space_.text_center is not None
    if embeds_texts and fitted["input_space_"]["probe"] is None:
        probe = _probe(encoder, step.device, step.input_space_.text_center)
        fitted["input_space_"]["probe"] = probe and writer.keep("probe", probe[0])
    return {
        "name": name,
        "kind": kind,
        "parameters": {
            k: v
            for k, v in kept.items()
            if v is not _NOTHING and k not in _NOT_FOR_A_FILE
        },
        "left_out": sorted(k for k, v in kept.items() if v is _NOTHING),
        "fitted": fitted,
        "encoder": _encoder(encoder) if embeds_texts else None,
        "teacher": _teacher(step),
    }


def _probe(
    encoder: Any, device: str, center: NDArray[np.float32]
) -> tuple[NDArray[np.float32]] | None:
    """Return what tells the encoder from others, where it can be asked."""
    try:
        probe = probe_encoder(encoder, device)
    except Exception:  # an encoder of the user's that knows certain texts alone
        return None
    return (probe,) if probe.shape == center.shape else None


_NOTHING = object()


def _plain(value: Any) -> Any:
    """Return a parameter as JSON has it, or ``_NOTHING``."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else _NOTHING
    if isinstance(value, dict):  # classes: their descriptions are for prompts alone
        value = list(value)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        entries = [_plain(entry) for entry in value]
        is_flat = not any(e is _NOTHING or isinstance(e, list) for e in entries)
        return entries if is_flat else _NOTHING
    return _NOTHING


def _encoder(encoder: Any) -> dict[str, Any]:
    if isinstance(encoder, str):
        return {"kind": "name", "name": encoder, "width": 0}
    name = type(encoder).__name__
    if type(encoder) is HashingEncoder:
        return {"kind": "hashing", "name": name, "width": int(encoder.n_dimensions)}
    return {"kind": "object", "name": name, "width": 0}


def _teacher(step: Any) -> dict[str, str]:
    """Return what answered: its class and the model's name, never more."""
    llm = getattr(step, "llm", None)
    if llm is None:
        return dict(getattr(step, "_teacher", {}))
    said = {"kind": type(llm).__name__, "model": getattr(llm, "model", "")}
    return {key: value for key, value in said.items() if is_word(value)}


def _versions() -> dict[str, str]:
    versions = {"sklearn_tagkd": __version__}
    for library in _LIBRARIES:
        try:
            version = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
        versions[library] = version if is_word(version) else "unknown"
    return versions


def _now() -> str:
    """Return the time, or the one that a reproducible build asks for."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def _advice(step: Any) -> str:
    kind = type(step).__name__
    if hasattr(step, "best_estimator_"):
        return f"A {kind} is no step: save what it found, model.best_estimator_."
    return (
        f"{kind} is no step of this package, and a file executes nothing, so it can "
        f"hold none but these: {', '.join(sorted(CLASSES))}, and a Pipeline of them. "
        "Save those alone, as model['student'], or use skops or pickle for the whole."
    )
