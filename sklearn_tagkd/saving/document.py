"""A model as one file: written from fitted steps, read into plain parts."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd import __version__
from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.saving.attributes import ATTRIBUTES, NETWORKS, REQUIRED
from sklearn_tagkd.saving.checks import Reader, is_word
from sklearn_tagkd.saving.container import read_json, read_tensors, write_tensors
from sklearn_tagkd.saving.parts import EncoderNote, SavedModel, SavedSpace, SavedStep

__all__ = ["FORMAT", "digest_of", "read_model", "write_model"]

FORMAT = 1  # of the file; one that older versions cannot read gets another number
_VERSION = re.compile(r"\d{1,5}(\.\w{1,20}){0,5}")
_MOST_STEPS = 100
_LONGEST_PARAMETER = 10_000


def write_model(
    path: str | os.PathLike[str],
    document: Mapping[str, Any],
    tensors: Mapping[str, NDArray[Any]],
) -> None:
    """Write a model.

    Parameters
    ----------
    path : str or PathLike
        Where to.
    document : mapping
        What :func:`read_model` reads, but for tensors.
    tensors : mapping of str to ndarray
        By the names that the document has for them.
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    metadata = {
        "format": f"sklearn_tagkd {FORMAT}",
        "written_by": __version__,
        "model": text,
    }
    digest = digest_of(metadata, tensors)
    write_tensors(path, tensors, {**metadata, "digest": digest})


def read_model(path: str | os.PathLike[str]) -> SavedModel:
    """Read a model, and believe nothing of it that was not checked.

    Parameters
    ----------
    path : str or PathLike
        Of a file that :func:`write_model` wrote.

    Returns
    -------
    SavedModel
        Plain values and arrays.

    Raises
    ------
    ModelFileError
        If it is no such file, of another format, damaged, or holds what no fitted
        model holds.
    """
    tensors, metadata = read_tensors(path)
    _check_format(metadata, path)
    if metadata.pop("digest", "") != digest_of(metadata, tensors):
        raise ModelFileError(
            f"{os.fspath(path)} was damaged: its content is not what its checksum "
            "says. Copy it again, or save the model again."
        )
    document = read_json(metadata.get("model", "").encode(errors="replace"), path)
    reader = Reader(document, "model", tensors)
    versions = reader.at("made_by")
    made_by = {
        library: versions.at(library).string(100, is_word)
        for library in versions.names()
    }
    is_pipeline = reader.at("is_pipeline").flag()
    steps = [_read_step(step) for step in reader.at("steps").entries(_MOST_STEPS)]
    names = [step.name for step in steps]
    if (
        not steps
        or len(set(names)) < len(names)
        or (len(steps) > 1 and not is_pipeline)
    ):
        reader.at("steps").refuse("steps, each with a name of its own")
    made_at = reader.at("made_at").string(
        20, re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").fullmatch
    )
    return SavedModel(is_pipeline, steps, made_by, made_at)


def _check_format(metadata: dict[str, str], path: str | os.PathLike[str]) -> None:
    said = re.fullmatch(r"sklearn_tagkd (\d{1,9})", metadata.get("format", ""))
    if said is None:
        raise ModelFileError(
            f"{os.fspath(path)} holds tensors, but no model of this package: it does "
            "not say of which format it is. Give load a file that "
            "sklearn_tagkd.save(model, path) made."
        )
    if int(said[1]) != FORMAT:
        writer = metadata.get("written_by", "")
        known = _VERSION.fullmatch(writer) is not None
        version = writer if known else "of a later version"
        raise ModelFileError(
            f"{os.fspath(path)} is of format {said[1]}, and sklearn_tagkd "
            f"{__version__} reads format {FORMAT}. sklearn_tagkd {version} wrote it "
            "and reads it: "
            + (f"pip install 'sklearn-tagkd>={writer}'." if known else "upgrade.")
        )


def digest_of(metadata: Mapping[str, str], tensors: Mapping[str, NDArray[Any]]) -> str:
    """Return the checksum of everything that a file says.

    Parameters
    ----------
    metadata : mapping of str to str
        But for the checksum.
    tensors : mapping of str to ndarray
        By name.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    digest = hashlib.blake2b(
        json.dumps(metadata, sort_keys=True).encode(), digest_size=16
    )
    for name in sorted(tensors):
        array = tensors[name]
        digest.update(f"\0{name!r} {array.dtype.name} {array.shape}\0".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _read_step(reader: Reader) -> SavedStep:
    kind = reader.at("kind").string(
        100, lambda k: k == "passthrough" or k in ATTRIBUTES
    )
    name = reader.at("name").string(200, lambda n: "__" not in n)
    if kind == "passthrough":
        return SavedStep(name, kind, {}, [], {})
    said = reader.at("parameters")
    parameters = {
        _name(key, said.place): _read_parameter(said.at(key)) for key in said.names(500)
    }
    left_out = [
        entry.string(100, is_word) for entry in reader.at("left_out").entries(500)
    ]
    fitted, codecs = reader.at("fitted"), ATTRIBUTES[kind]
    present = set(fitted.names(500))
    if not REQUIRED[kind] <= present <= codecs.keys():
        fitted.refuse(f"the fitted attributes of a {kind} of {__version__}")
    attributes = {key: codecs[key].read(fitted.at(key)) for key in sorted(present)}
    if kind in NETWORKS:
        _check_widths(fitted, parameters, attributes)
    note = reader.at("encoder")
    encoder = None if note.is_none else _read_encoder(note)
    if kind in NETWORKS:
        _check_encoder(note, encoder, attributes["input_space_"])
    teacher = reader.at("teacher")
    return SavedStep(
        name,
        kind,
        parameters,
        left_out,
        attributes,
        encoder,
        {
            _name(key, teacher.place): teacher.at(key).string(200, is_word)
            for key in teacher.names(10)
        },
    )


def _check_widths(
    reader: Reader, parameters: dict[str, Any], fitted: dict[str, Any]
) -> None:
    """Hold what was read separately against one another."""
    config, space = fitted["network_"].config, fitted["input_space_"]
    width = sum(space.widths)
    if len(fitted["classes_"]) != config.n_classes:
        reader.at("classes_").refuse(f"{config.n_classes} labels, one per output")
    doubled = 2 if parameters.get("keywords") == "concat" else 1
    if config.input_dim != doubled * width:
        reader.at("network_").refuse(f"a network over {doubled * width} columns")
    if fitted.get("n_features_in_", 0) != space.n_features:
        reader.at("input_space_").refuse(
            "a space with as many features as n_features_in_"
        )
    names = fitted.get("feature_names_in_")
    if names is not None and len(names) != space.n_features:
        reader.at("feature_names_in_").refuse("one name per feature")
    if not fitted["fitted_on_graph_"] and space.text_center is not None:
        reader.at("fitted_on_graph_").refuse("true where texts were fitted on")


def _read_encoder(reader: Reader) -> EncoderNote:
    kinds = ("name", "hashing", "object")
    kind = reader.at("kind").string(10, kinds.__contains__)
    width = reader.at("width").count(1 if kind == "hashing" else 0, 2**24)
    return EncoderNote(kind, reader.at("name").string(4096), width)


def _check_encoder(reader: Reader, note: EncoderNote | None, space: SavedSpace) -> None:
    """Hold the encoder against the texts that it embedded, if there were any."""
    if (note is None) != (space.text_center is None):
        reader.refuse("known where texts were embedded, and only there")
    if note is None or space.text_center is None:
        return
    width = note.width if note.kind == "hashing" else 0
    if width and width != len(space.text_center):
        reader.refuse(f"of {len(space.text_center)} columns")


def _read_parameter(reader: Reader, depth: int = 0) -> Any:
    value = reader.plain()
    if value is None or isinstance(value, bool):
        return value
    if type(value) is int:
        return reader.count(-(2**63), 2**63)
    if isinstance(value, float):
        return reader.number(-1.8e308, 1.8e308)
    if isinstance(value, str):
        return reader.string(_LONGEST_PARAMETER, lambda _: True)
    if depth:
        reader.refuse("a number, a string, or a list of them")
    return [_read_parameter(entry, 1) for entry in reader.entries(100_000)]


def _name(key: str, place: str) -> str:
    return Reader(key, place).string(100, is_word)
