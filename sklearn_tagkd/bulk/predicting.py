"""A saved model over a graph in a folder: by parts, and on from where it was."""

from __future__ import annotations

import warnings
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_tagkd.bulk.column_blocks import Propagation
from sklearn_tagkd.bulk.embedding import embed_folder, vectors_folder
from sklearn_tagkd.bulk.keys import key_of_facts
from sklearn_tagkd.bulk.labels_folder import begin_labels
from sklearn_tagkd.bulk.propagation import (
    columns_at_a_time,
    mark_of,
    place_of_columns,
    propagate_rows,
)
from sklearn_tagkd.bulk.tasks import run_tasks
from sklearn_tagkd.bulk.weighing import weigh_links
from sklearn_tagkd.datasets.digest import file_digest
from sklearn_tagkd.datasets.writing import write_table
from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.features.embedded_texts import find_embedded_texts
from sklearn_tagkd.features.encoder_check import check_encoder
from sklearn_tagkd.features.encoding.encoders import HashingEncoder, resolve_encoder
from sklearn_tagkd.features.row_parts import ColumnBlocks
from sklearn_tagkd.features.stored_rows import open_rows, rows_digest
from sklearn_tagkd.graph.stored import BUILT, StoredGraph, open_store
from sklearn_tagkd.nn.plain.outputs import outputs_of_rows
from sklearn_tagkd.saving.document import read_model
from sklearn_tagkd.saving.parts import SavedSpace, SavedStep
from sklearn_tagkd.serving.result_columns import result_columns
from sklearn_tagkd.serving.served_model import ServedModel
from sklearn_tagkd.utils.array_files import ArrayFile, map_array
from sklearn_tagkd.utils.link_kinds import kind_of_links, warn_of_other_links
from sklearn_tagkd.utils.memory_sizes import memory_bytes

__all__ = ["predict_folder"]

_NODES = 2**16  # of a part


def predict_folder(
    model: str | PathLike[str],
    folder: str | PathLike[str],
    out: str | PathLike[str],
    *,
    encoder: Any = None,
    dtype: str | None = None,
    probabilities: bool = False,
    max_memory: int | str = "4GiB",
    device: str = "auto",
    n_jobs: int | None = None,
    progress: bool | str = "auto",
) -> list[Path]:
    """Label all nodes of a graph in a folder, in bounded memory.

    Texts are embedded, rows propagated and labels written by parts. Killed and run
    again, it goes on where it was. Vectors that :func:`embed_folder` wrote are taken,
    whatever the size of its parts; ``predicted.json`` beside the labels says which.

    Parameters
    ----------
    model : str or PathLike
        A file of :func:`sklearn_tagkd.save`: a student or a baseline with
        ``backbone='decoupled'`` or ``'mlp'``.
    folder : str or PathLike
        Where :func:`build_links` built a graph.
    out : str or PathLike
        Folder for ``part-00000.parquet`` and those that follow: columns ``node``,
        ``label``, ``confidence``, and with ``probabilities`` one per class.
    encoder : str or TextEncoder, default=None
        What embeds texts, where it is an object of your own; as for
        :func:`embed_folder`.
    dtype : {'float32', 'float16'}, default=None
        Of the vectors. None takes those of float32 where they are there, else those of
        float16, with a warning since these move probabilities a little, and embeds as
        float32 where there are none.
    probabilities : bool, default=False
        Whether to write the probability of every class.
    max_memory : int or str, default='4GiB'
        Bytes, or such as ``'500MiB'``, that all processes together may take.
    device : str, default='auto'
        Where a sentence-transformers model runs, and rows are propagated, as for
        :func:`propagate_folder`.
    n_jobs : int, default=None
        Processes; None is 1, or what ``joblib.parallel_config`` says.
    progress : bool or 'auto', default='auto'
        Whether to show a progress bar.

    Returns
    -------
    list of Path
        The parts, in the order of the nodes.

    Raises
    ------
    FileNotFoundError
        If no graph was built there, or there is no model.
    ModelFileError
        If the file is damaged, or its model is of another kind.
    TypeError
        If ``model`` is no path.
    ValueError
        If the graph has not what the model looks at, memory does not hold a column, or
        ``dtype`` is another.

    Warns
    -----
    UserWarning
        If vectors of float16 are taken that were not asked for.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> import sklearn_tagkd
    >>> from sklearn_tagkd import DistilledStudentClassifier, TextGraph
    >>> from sklearn_tagkd.bulk import build_links, predict_folder
    >>> folder = Path(tempfile.mkdtemp())
    >>> nodes = pd.DataFrame({"node": ["a", "b"], "text": ["a goal", "a vote"]})
    >>> nodes.to_parquet(folder / "nodes.parquet")
    >>> edges = pd.DataFrame({"source": ["a"], "target": ["b"]})
    >>> edges.to_parquet(folder / "edges.parquet")
    >>> report = build_links(folder)
    >>> student = DistilledStudentClassifier(
    ...     "mlp", encoder="hashing", max_iter=20, random_state=0)
    >>> student = student.fit(TextGraph.open(folder), ["sport", "politics"])
    >>> sklearn_tagkd.save(student, folder / "student.safetensors")
    >>> parts = predict_folder(folder / "student.safetensors", folder, folder / "out")
    >>> pd.read_parquet(parts)["node"].tolist()
    ['a', 'b']
    """
    if not isinstance(model, str | PathLike):
        raise TypeError(
            f"model has to be the path of a saved model; got {type(model).__name__}. "
            "Save it first: sklearn_tagkd.save(model, path)."
        )
    memory = memory_bytes(max_memory)
    path, out = Path(model).resolve(), Path(out).resolve()
    saved = read_model(path)
    step = saved.steps[-1]
    _check_backbone(step)
    served = ServedModel(saved)
    space: SavedSpace = step.fitted["input_space_"]
    store = open_store(folder, verify=False)
    _check(served, space, store)
    config, place = served.network.config, "cpu"
    if config.backbone == "decoupled":
        weights = store.links.data if store.weighted else None
        now = kind_of_links(store.n_links, store.directed, weights)
        warn_of_other_links(space.links, now)
        # Before hours go into what comes first.
        columns_at_a_time(len(store), config.input_dim, memory, n_jobs)
        place = place_of_columns(device)
    encoder_key = None
    if space.text_center is not None:
        encoder = _encoder(step, space, encoder, device)
        encoder_key = resolve_encoder(encoder, device).cache_key
        dtype = _dtype(store, encoder_key, dtype)
    else:
        dtype = None
    said = [file_digest(path), store.source, encoder_key, dtype, bool(probabilities)]
    if store.features is not None:
        said.append(rows_digest(store.folder / "features.npy"))
    key = key_of_facts([*said, *mark_of(place)])
    work = store.folder / BUILT / f"predicted-{key}"
    (work / "rows").mkdir(parents=True, exist_ok=True)
    vectors = None
    if encoder_key is not None and dtype is not None:
        vectors = vectors_folder(store, encoder_key, dtype)
    begin_labels(out, key, vectors, dtype)
    how: dict[str, Any] = {"n_jobs": n_jobs, "progress": progress}
    embedded = None
    if dtype is not None:
        embedded = embed_folder(
            store.folder, encoder, dtype=dtype, device=device, **how
        )
    starts = range(0, len(store), _NODES)
    rows = {
        _part(work / "rows", start): (store.folder, path, work, start, embedded)
        for start in starts
    }
    run_tasks(_write_rows, rows, title="rows", **how)
    if config.backbone == "decoupled":
        weights = _weigh(served, store, work, how)
        steps = Propagation(config.n_hops, config.teleport, weights, device=place)
        propagate_rows(store, work / "rows", work, steps, memory=memory, **how)
    parts = [out / f"part-{number:05d}.parquet" for number in range(len(starts))]
    tasks = {
        part: (store.folder, path, work, start, part, probabilities)
        for start, part in zip(starts, parts, strict=True)
    }
    run_tasks(_predict_part, tasks, title="predict", **how)
    return parts


def _encoder(step: SavedStep, space: SavedSpace, given: Any, device: str) -> Any:
    """Return what embeds texts, if it is what the model was fitted with."""
    encoder = _fitted_encoder(step) if given is None else given
    if space.probe is not None:
        key = resolve_encoder(encoder, device).cache_key
        check_encoder(encoder, device, key, space.probe)
    return encoder


def _fitted_encoder(step: SavedStep) -> Any:
    note = step.encoder
    if note is not None and note.kind == "hashing":
        return HashingEncoder(note.width)
    if note is not None and note.kind == "name":
        return note.name
    raise ModelFileError(
        "The model was fitted with an encoder of your own, which no file holds. "
        "Give encoder=, an object with encode and a cache_key."
    )


def _dtype(store: StoredGraph, encoder_key: str | None, given: str | None) -> str:
    """Return of which type vectors are taken, or made where there are none."""
    if given is not None or encoder_key is None:  # who embeds knows what to refuse
        return given or "float32"
    known = find_embedded_texts(store, encoder_key)
    if known is None:
        return "float32"
    if known.dtype == "float16":
        warnings.warn(
            f"The vectors in {BUILT}/{known.folder.name} are of float16, and are "
            "taken. Unless the model was fitted on these, they move its probabilities, "
            "by about 0.0001 as a rule. Give dtype='float16' if that is meant, or "
            "dtype='float32' to embed anew.",
            UserWarning,
            stacklevel=3,
        )
    return known.dtype


def _check_backbone(step: SavedStep) -> None:
    backbone = step.parameters.get("backbone", "decoupled")
    if backbone not in ("decoupled", "mlp"):
        raise ModelFileError(
            f"The model has backbone={backbone!r}, which holds the whole graph when it "
            "predicts: load(path).predict(TextGraph.open(folder)), where memory is "
            "enough for that. Models with backbone='decoupled' and 'mlp' go by parts."
        )


def _check(served: ServedModel, space: SavedSpace, store: StoredGraph) -> None:
    if served.network.config.input_dim != sum(space.widths):
        raise ModelFileError(
            "The model looks at rationales beside raw texts, as an interpreter does. "
            "Save the student, which needs texts and links alone."
        )
    n_features = 0 if store.features is None else store.features.shape[1]
    if n_features != space.n_features:
        raise ValueError(
            f"The graph's nodes have {n_features} features, the model was fitted on "
            f"{space.n_features}. Give a features.npy of as many, and build anew."
        )


def _part(folder: Path, start: int) -> Path:
    return folder / f"{start // _NODES:05d}.npy"


def _write_rows(
    folder: Path, model: Path, work: Path, start: int, embedded: Path | None
) -> None:
    served = ServedModel.from_file(model)
    store = open_store(folder, verify=False)
    nodes = slice(start, min(start + _NODES, len(store)))
    texts = store.texts.take(np.arange(nodes.start, nodes.stop))
    features = None if store.features is None else store.features[nodes]
    vectors = None if embedded is None else open_rows(embedded).read(nodes)
    rows = served.input_rows(texts, embeddings=vectors, features=features)
    with ArrayFile(_part(work / "rows", start), "<f4", rows.shape[1]) as file:
        file.append(rows)


def _weigh(
    served: ServedModel, store: StoredGraph, work: Path, how: dict[str, Any]
) -> Path | None:
    """Weigh links as the model learnt it; None where it did not."""
    scorer = served.link_scorer
    if scorer is None or len(scorer.of_product) != served.network.config.input_dim:
        return None
    return weigh_links(store, work / "rows", scorer, work, **how)


def _predict_part(
    folder: Path, model: Path, work: Path, start: int, target: Path, with_shares: bool
) -> None:
    served = ServedModel.from_file(model)
    store = open_store(folder, verify=False)
    nodes = slice(start, min(start + _NODES, len(store)))
    heard = None
    if served.network.config.backbone == "decoupled":
        blocks = [map_array(path) for path in sorted(work.glob("columns-*.npy"))]
        heard = ColumnBlocks(blocks)[nodes]
    shares = outputs_of_rows(
        served.network.config,
        served.network.weights,
        open_rows(work / "rows").read(nodes),
        heard,
        "probabilities",
    ).astype(np.float64)
    shares /= shares.sum(axis=1, keepdims=True)
    ids = store.node_ids.take(np.arange(nodes.start, nodes.stop)).tolist()
    write_table(target, result_columns(ids, shares, served.classes_, with_shares))
