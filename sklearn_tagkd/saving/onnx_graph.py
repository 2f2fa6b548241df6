"""A network on rows as other programs read it."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.features.encoding import embed_texts
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.nn.inputs import LARGEST, fits_single
from sklearn_tagkd.nn.plain.outputs import propagated_rows
from sklearn_tagkd.saving.attributes import NETWORKS
from sklearn_tagkd.utils.extras import asking_for
from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["last_network", "rows_for_onnx", "write_onnx"]

_OPSET, _IR = 17, 9  # of 2022: every onnxruntime in use reads them
_LEAST = 1e-12  # length that a row is divided by


def last_network(model: Any) -> Any:
    """Return the step of a model that answers.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted.

    Returns
    -------
    estimator
        Of ``'mlp'`` or ``'decoupled'``.

    Raises
    ------
    ModelFileError
        If it is another one.
    """
    step = model.steps[-1][1] if hasattr(model, "steps") else model
    if type(step).__name__ not in NETWORKS or not hasattr(step, "network_"):
        raise ModelFileError(
            f"{type(step).__name__} is no fitted network of this package. Give a "
            "fitted student, or a pipeline that ends with one."
        )
    backbone = step.network_.config.backbone
    if step.network_.config.passes_messages:
        raise ModelFileError(
            f"A network with backbone={backbone!r} looks at the whole graph, and an "
            "exported one at rows. Fit with backbone='decoupled' or 'mlp'."
        )
    return step


def write_onnx(model: Any, path: str | os.PathLike[str]) -> None:
    """Write a network as an ONNX graph.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted, of ``'mlp'`` or ``'decoupled'``.
    path : str or PathLike
        Where to.
    """
    step = last_network(model)
    with asking_for("onnx", "Exporting to ONNX"):
        import onnx
    graph = _Graph(onnx)
    space, network = step.input_space_, step.network_
    parts = []
    if space.text_center is not None:
        texts = graph.input("embeddings", len(space.text_center))
        moved = graph.node("Sub", texts, graph.constant("center", space.text_center))
        parts.append(graph.unit(moved))
    if space.lexical is not None and space.lexical.n_dimensions:
        parts.append(graph.input("words", space.lexical.n_dimensions))
    if space.n_features:
        scaled = graph.input("features", space.n_features)
        scale = space.feature_scale  # one that float32 does not hold, in two steps
        factors = [scale] if fits_single(scale) else [math.sqrt(scale)] * 2
        for factor in factors:
            number = np.array(factor, dtype=np.float32)
            scaled = graph.node("Mul", scaled, graph.constant("scale", number))
        bounds = (("least_row", -LARGEST), ("most_row", LARGEST))
        ends = [graph.constant(n, np.array(b, dtype=np.float32)) for n, b in bounds]
        parts.append(graph.node("Clip", scaled, *ends))
    parts *= network.config.input_dim // sum(space.column_widths)
    rows = graph.node("Concat", *parts, axis=1)
    state = graph.linear("text_head", network.weights, rows)
    if network.config.backbone == "decoupled":
        heard = graph.unit(graph.input("propagated", network.config.input_dim))
        said = graph.linear("neighborhood_head", network.weights, heard)
        state = graph.node("Add", state, said)
    hidden = graph.node("Relu", state)
    logits = graph.linear("classifier", network.weights, hidden)
    shares = graph.node("Softmax", logits, axis=1)
    labels = [str(label) for label in step.classes_.tolist()]
    made = graph.finish(shares, len(labels), {"classes": "\n".join(labels)})
    with replacing(Path(path)) as unfinished:
        onnx.save(made, str(unfinished))


class _Graph:
    """An ONNX graph, node by node.

    Parameters
    ----------
    onnx : module
        The library.
    """

    def __init__(self, onnx: Any) -> None:
        self._onnx = onnx
        self._inputs: list[Any] = []
        self._constants: list[Any] = []
        self._nodes: list[Any] = []

    def input(self, name: str, width: int) -> str:
        self._inputs.append(self._value(name, width))
        return name

    def constant(self, name: str, array: NDArray[Any]) -> str:
        if name not in (known.name for known in self._constants):
            made = self._onnx.numpy_helper.from_array(np.asarray(array), name)
            self._constants.append(made)
        return name

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}_{len(self._nodes)}"
        made = self._onnx.helper.make_node(kind, inputs, [name], name, **attributes)
        self._nodes.append(made)
        return name

    def unit(self, rows: str) -> str:
        length = self.node("ReduceL2", rows, axes=[1], keepdims=1)
        least = self.constant("least", np.array(_LEAST, dtype=np.float32))
        return self.node("Div", rows, self.node("Max", length, least))

    def linear(self, name: str, weights: dict[str, NDArray[Any]], rows: str) -> str:
        parts = (f"{name}.weight", f"{name}.bias")
        kept = [self.constant(part, weights[part].astype(np.float32)) for part in parts]
        return self.node("Gemm", rows, *kept, transB=1)

    def finish(self, output: str, width: int, notes: dict[str, str]) -> Any:
        named = self._onnx.helper.make_node("Identity", [output], ["probabilities"])
        graph = self._onnx.helper.make_graph(
            [*self._nodes, named],
            "sklearn_tagkd",
            self._inputs,
            [self._value("probabilities", width)],
            self._constants,
        )
        opsets = [self._onnx.helper.make_opsetid("", _OPSET)]
        model = self._onnx.helper.make_model(
            graph, opset_imports=opsets, ir_version=_IR, producer_name="sklearn_tagkd"
        )
        self._onnx.helper.set_model_props(model, notes)
        self._onnx.checker.check_model(model)
        return model

    def _value(self, name: str, width: int) -> Any:
        number = self._onnx.TensorProto.FLOAT
        return self._onnx.helper.make_tensor_value_info(name, number, ["n", width])


def rows_for_onnx(model: Any, graph: TextGraph) -> dict[str, NDArray[np.float32]]:
    """Return what an exported network is to be given.

    Parameters
    ----------
    model : Pipeline or estimator
        As it was exported.
    graph : TextGraph
        Nodes to predict; of a view its parent's links count.

    Returns
    -------
    dict of str to ndarray of float32 of shape (n_nodes, n_columns)
        By the names of the inputs.
    """
    step = last_network(model)
    space, config = step.input_space_, step.network_.config
    inputs = step._known_inputs(graph, config.input_dim)
    n_text, n_words, n_features = space.column_widths
    given = {}
    if n_text:
        given["embeddings"] = embed_texts(
            graph.texts, step.encoder, device=step.device, progress=step.progress
        )
    if n_words:
        given["words"] = inputs.embeddings[graph.rows, n_text : n_text + n_words]
    if n_features:
        given["features"] = np.asarray(graph.features, dtype=np.float32)
    propagated = propagated_rows(config, inputs)
    if propagated is not None:
        given["propagated"] = propagated[graph.rows]
    return {name: np.ascontiguousarray(rows) for name, rows in given.items()}
