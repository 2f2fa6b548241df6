"""How a network, its input space and what weighs its links are written and read."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.nn.config import BACKBONES, NetworkConfig, weight_shapes
from sklearn_tagkd.nn.fitted import FittedNetwork
from sklearn_tagkd.saving.checks import Reader
from sklearn_tagkd.saving.codecs import Codec
from sklearn_tagkd.saving.parts import SavedLexicon, SavedScorer, SavedSpace
from sklearn_tagkd.saving.precision import TensorWriter, pack, unpack
from sklearn_tagkd.utils.link_kinds import LinkKind

_WIDEST, _MOST_LAYERS, _MOST_HOPS = 2**20, 64, 10_000
_LARGEST = 1e8  # of a weight, so that products of them are finite
_MOST_PACKED = 1024  # dimensions of words: a small file shall not unfold to gigabytes


def _write_network(network: Any, writer: TensorWriter) -> dict[str, Any]:
    weights = network.weights
    if not all(np.abs(w).max(initial=0) <= _LARGEST for w in weights.values()):
        raise ModelFileError(
            f"A weight is not finite, or beyond {_LARGEST:g}: the training diverged. "
            "Fit with a lower learning_rate."
        )
    config = vars(network.config)
    kept = {
        name: writer.keep(f"network.{name}", writer.halved(weight))
        for name, weight in weights.items()
    }
    return {"shape": dict(config), "weights": kept}


def _read_network(reader: Reader) -> FittedNetwork:
    shape = reader.at("shape")
    backbone = shape.at("backbone").string(20, BACKBONES.__contains__)
    config = NetworkConfig(
        backbone=backbone,
        input_dim=shape.at("input_dim").count(0, _WIDEST),
        hidden_dim=shape.at("hidden_dim").count(1, _WIDEST),
        n_classes=shape.at("n_classes").count(1, _WIDEST),
        n_layers=shape.at("n_layers").count(1, _MOST_LAYERS),
        n_hops=shape.at("n_hops").count(1, _MOST_HOPS),
        teleport=shape.at("teleport").number(0, 1),
        dropout=shape.at("dropout").number(0, 1),
    )
    shapes = weight_shapes(config)
    weights = reader.at("weights")
    if set(weights.names()) != shapes.keys():
        weights.refuse(f"the weights of a network of {backbone!r}")
    read = {name: weights.at(name).tensor(shapes[name]) for name in shapes}
    return FittedNetwork(config, read)


def _write_space(space: Any, writer: TensorWriter) -> dict[str, Any]:
    lexical = None
    if space.lexical is not None:
        directions = space.lexical.directions
        as_steps = writer.words == "steps" and directions.shape[1] <= _MOST_PACKED
        as_halves = writer.words == "half"
        lexical = {
            "buckets": writer.keep("buckets", space.lexical.buckets.astype(np.uint16)),
            "rarity": writer.keep("rarity", space.lexical.rarity),
            "n_dimensions": int(directions.shape[1]),
            "is_packed": as_steps,
            "directions": writer.keep(
                "directions",
                pack(directions, space.lexical.rarity)
                if as_steps
                else directions.astype(np.float16 if as_halves else np.float32),
            ),
        }
    return {
        "text_center": _vector(writer, "text_center", space.text_center),
        "n_features": int(space.n_features),
        "feature_scale": float(space.feature_scale),
        "lexical": lexical,
        "probe": _vector(writer, "probe", getattr(space, "probe", None)),
        "links": None if space.links is None else asdict(space.links),
    }


def _vector(
    writer: TensorWriter, name: str, vector: NDArray[np.float32] | None
) -> str | None:
    return None if vector is None else writer.keep(name, vector.astype(np.float32))


def _read_space(reader: Reader) -> SavedSpace:
    center = reader.at("text_center")
    text_center = None if center.is_none else _read_vector(center)
    probe = reader.at("probe")
    if not probe.is_none and text_center is None:
        probe.refuse("nothing where there is no text")
    lexical = reader.at("lexical")
    return SavedSpace(
        text_center=text_center,
        n_features=reader.at("n_features").count(0, _WIDEST),
        # Features may have been of any unit.
        feature_scale=reader.at("feature_scale").number(5e-324, 1.7e308),
        lexical=None if lexical.is_none else _read_lexicon(lexical),
        probe=None
        if probe.is_none or text_center is None
        else probe.tensor(text_center.shape),
        links=_read_link_kind(reader),
    )


def _read_link_kind(space: Reader) -> LinkKind | None:
    if "links" not in space.names():  # the first files did not note it
        return None
    kind = space.at("links")
    if kind.is_none:
        return None
    return LinkKind(kind.at("directed").flag(), kind.at("weighted").flag())


def _read_vector(reader: Reader) -> NDArray[np.float32]:
    vector: NDArray[np.float32] = reader.tensor(())
    if vector.ndim != 1 or not 1 <= len(vector) <= _WIDEST:
        reader.refuse("a vector")
    return vector


def _read_lexicon(reader: Reader) -> SavedLexicon:
    buckets = reader.at("buckets").tensor((), ("uint16",)).astype(np.int64)
    if buckets.ndim != 1 or not (np.diff(buckets) > 0).all():
        reader.refuse("ascending hashes")
    n_dimensions = reader.at("n_dimensions").count(0, min(_WIDEST, len(buckets)))
    rarity = reader.at("rarity").tensor((len(buckets),), ("float32",), 0, 1000)
    shape = (len(buckets), n_dimensions)
    named = reader.at("directions")
    if reader.at("is_packed").flag():
        packed = named.tensor((), ("uint8",))
        directions = None
        if n_dimensions <= _MOST_PACKED:
            directions = unpack(packed, rarity, n_dimensions)
        if directions is None or np.abs(directions).max(initial=0) > 1.01:
            named.refuse(f"packed directions of shape {shape}")
    else:
        directions = named.tensor(shape, least=-1.01, most=1.01)
    return SavedLexicon(buckets, rarity, directions)


def _write_scorer(scorer: Any, writer: TensorWriter) -> dict[str, Any] | None:
    if scorer is None:
        return None
    return {
        "of_product": writer.keep("of_product", scorer.of_product),
        "of_difference": writer.keep("of_difference", scorer.of_difference),
        "intercept": float(scorer.intercept),
        "mean_weight": float(scorer.mean_weight),
    }


def _read_scorer(reader: Reader) -> SavedScorer | None:
    if reader.is_none:
        return None
    of_product = _read_vector(reader.at("of_product"))
    return SavedScorer(
        of_product,
        reader.at("of_difference").tensor(of_product.shape),
        reader.at("intercept").number(-_LARGEST, _LARGEST),
        reader.at("mean_weight").number(1 / _LARGEST, _LARGEST),
    )


NETWORK = Codec(_write_network, _read_network)
SPACE = Codec(_write_space, _read_space)
SCORER = Codec(_write_scorer, _read_scorer)
