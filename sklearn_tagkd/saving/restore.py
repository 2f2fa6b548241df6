"""From what was read to fitted steps, as they were."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from typing import Any

from sklearn.pipeline import Pipeline

from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.features.encoder_check import probe_encoder
from sklearn_tagkd.features.encoding import HashingEncoder
from sklearn_tagkd.features.encoding.encoders import DEFAULT_ENCODER, TextEncoder
from sklearn_tagkd.features.encoding.lexical import LexicalSpace
from sklearn_tagkd.features.input_space import InputSpace
from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.features.probe import check_probe
from sklearn_tagkd.learning.teacher_audit import TeacherAudit
from sklearn_tagkd.saving.attributes import CLASSES, NETWORKS
from sklearn_tagkd.saving.parts import (
    SavedAudit,
    SavedModel,
    SavedScorer,
    SavedSpace,
    SavedStep,
)

__all__ = ["restore"]


def restore(model: SavedModel, device: str, encoder: Any) -> Any:
    """Make fitted steps of what a file holds.

    Parameters
    ----------
    model : SavedModel
        Read and checked.
    device : str
        Where the steps shall compute.
    encoder : str, TextEncoder, mapping of step name to either, or None
        In place of the encoder that was fitted with.

    Returns
    -------
    Pipeline or estimator
        Fitted.

    Raises
    ------
    ModelFileError
        If a parameter is none that the step takes, or an encoder has to be given.
    """
    steps = [(step.name, _step(step, device, encoder)) for step in model.steps]
    return Pipeline(steps) if model.is_pipeline else steps[0][1]


def _step(saved: SavedStep, device: str, encoder: Any) -> Any:
    if saved.kind == "passthrough":
        return "passthrough"
    kind = getattr(importlib.import_module(CLASSES[saved.kind]), saved.kind)
    known = inspect.signature(kind).parameters.keys()
    embeds_texts = saved.kind in NETWORKS  # what it was fitted with is noted apart
    unknown = sorted(saved.parameters.keys() - known)
    if unknown or (embeds_texts and "encoder" in saved.parameters):
        raise ModelFileError(
            f"The file gives {saved.kind} parameters that it does not have here: "
            f"{unknown}. A later version of this package wrote it: upgrade."
        )
    step = kind(**saved.parameters)
    if "device" in known:
        step.device = device
    if embeds_texts:
        step.encoder = _encoder(saved, device, encoder)
    try:
        step._validate_params()
    except ValueError as error:
        raise ModelFileError(
            f"The file gives {saved.kind} a parameter that it cannot have: {error}"
        ) from None
    for name, value in saved.fitted.items():
        setattr(step, name, _live(value))
    if saved.teacher:
        step._teacher = saved.teacher
    return step


def _live(value: Any) -> Any:
    """Return parts of numbers as what predicting takes."""
    if isinstance(value, SavedAudit):
        return TeacherAudit(**vars(value))
    if isinstance(value, SavedScorer):
        return LinkScorer(
            value.of_product, value.of_difference, value.intercept, value.mean_weight
        )
    if isinstance(value, SavedSpace):
        words = value.lexical
        return InputSpace(
            value.text_center,
            value.n_features,
            value.feature_scale,
            None
            if words is None
            else LexicalSpace(words.buckets, words.rarity, words.directions),
            value.probe,
            value.links,
        )
    return value


def _encoder(saved: SavedStep, device: str, given: Any) -> Any:
    note = saved.encoder
    if isinstance(given, Mapping):
        given = given.get(saved.name)
    if note is None:  # no text was embedded
        return DEFAULT_ENCODER
    if given is None:
        if note.kind == "hashing":
            return HashingEncoder(note.width)
        if note.kind == "name":
            return note.name
        space: SavedSpace = saved.fitted["input_space_"]
        assert space.text_center is not None  # a note is of a step that embeds texts
        raise ModelFileError(
            f"The model embeds texts with an object of type {note.name}, which no file "
            f"holds: load(path, encoder=...) takes it, or another one that says the "
            f"same, with {len(space.text_center)} columns."
        )
    probe = saved.fitted["input_space_"].probe
    is_object = isinstance(given, TextEncoder) and not isinstance(given, str)
    if is_object and probe is not None:
        now = probe_encoder(given, device)
        check_probe(now, probe, type(given).__name__)
    return given  # one that is known by its name is checked when it is first asked
