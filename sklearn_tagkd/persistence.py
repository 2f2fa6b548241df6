"""Fitted models as files: saved, loaded, described, and handed to other programs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.saving.document import read_model, write_model
from sklearn_tagkd.utils.extras import asking_for, is_installed

__all__ = ["export_onnx", "load", "model_card", "onnx_inputs", "save"]

Target = str | os.PathLike[str]


def save(
    model: Any, path: Target, card: bool = False, X: Any = None, y: Any = None
) -> None:
    """Write a fitted model to one file that executes nothing when it is read.

    The file is in the safetensors format, with JSON beside the arrays. In it: weights,
    classes, parameters, the input space, what weighs links, the encoder's name and what
    it makes of one known sentence, versions, what asking took and what was dropped,
    when it was saved (``SOURCE_DATE_EPOCH`` is heeded), and a digest of the training
    graph. Never in it: keys, clients, prompts, descriptions of classes, texts,
    rationales, weights of the encoder.

    Matrices are kept in half the space where that changes no probability by more than
    1e-3, found out on documents made up for the purpose; else exactly.

    Parameters
    ----------
    model : Pipeline or estimator
        A fitted step of this package, or a Pipeline of them.
    path : str or PathLike
        Where to, by convention ``*.safetensors``. A file is replaced once the new one
        is written.
    card : bool, default=False
        Whether to write :func:`model_card` beside it, as ``*.md``.
    X : TextGraph, or array-like of shape (n_samples, n_features), default=None
        Nodes to score for the card, as in :func:`model_card`.
    y : array-like of shape (n_nodes,), default=None
        Their true labels. None of them gets into the file.

    Raises
    ------
    ModelFileError
        If a step is of another package, or of a class derived from ours; if it has
        labels of mixed kinds, or weights that are not finite.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    ValueError
        If ``X`` is given without ``y`` or the other way round, or both without a card:
        nothing is written then. If the model cannot be scored on them: the model is
        written by then, its card is not.

    See Also
    --------
    load : Reads it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import sklearn_tagkd
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=20, random_state=0)
    >>> path = Path(tempfile.mkdtemp()) / "student.safetensors"
    >>> sklearn_tagkd.save(student.fit(docs.graph, docs.target), path)
    >>> loaded = sklearn_tagkd.load(path)
    >>> bool((loaded.predict(docs.graph) == student.predict(docs.graph)).all())
    True
    """
    with asking_for("train", "Saving a model"):
        from sklearn_tagkd.saving.collect import describe

    _check_given_together(X, y)
    if X is not None and not card:
        raise ValueError("X and y are scored for a card: give card=True too.")
    beside = Path(path).with_suffix(".md")
    if card and beside == Path(path):
        raise ValueError(f"{path} is where the card goes: name the model otherwise.")
    document, tensors = describe(model)
    write_model(path, document, tensors)
    if card:  # last, so that wrong labels do not cost the model
        text = _card_of(document, model, X, y)
        beside.write_text(text, encoding="utf-8")


def load(path: Target, device: str = "auto", *, encoder: Any = None) -> Any:
    """Read a model that :func:`save` wrote; nothing in the file is executed.

    Every number is checked for kind, shape, range and finiteness before it is used.
    Neither torch nor the text encoder is imported before the model predicts.

    Parameters
    ----------
    path : str or PathLike
        Of the file.
    device : str, default='auto'
        Where the model shall compute, whatever it was trained on.
    encoder : str, TextEncoder, or mapping of step name to either, default=None
        In place of the encoder that the model was fitted with: needed where that was
        an object of your own. It has to say the same of one known sentence.

    Returns
    -------
    Pipeline, estimator or ServedModel
        What was saved, ready to predict. Without scikit-learn (the ``[serve]`` extra) a
        :class:`~sklearn_tagkd.serving.ServedModel`.

    Raises
    ------
    ModelFileError
        If the file is damaged, of a format that this version does not know, or no
        model; if an encoder has to be given.
    OSError
        If there is no file.

    See Also
    --------
    save : Writes it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import sklearn_tagkd
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=20, random_state=0)
    >>> student = student.fit(docs.graph, docs.target)
    >>> path = Path(tempfile.mkdtemp()) / "student.safetensors"
    >>> sklearn_tagkd.save(student, path)
    >>> sklearn_tagkd.load(path, device="cpu").predict(docs.graph[:5]).shape
    (5,)
    """
    saved = read_model(path)
    if not (is_installed("sklearn") and is_installed("scipy")):
        from sklearn_tagkd.serving import ServedModel

        return ServedModel(saved, encoder=encoder)
    from sklearn_tagkd.saving.restore import restore

    return restore(saved, device, encoder)


def model_card(model: Any, X: Any = None, y: Any = None) -> str:
    """Describe a fitted model: Markdown, with the block that model hubs read.

    Classes, teacher, budget and cost, abstentions, accuracy where labels are given, and
    limits.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted steps of this package.
    X : TextGraph, or array-like of shape (n_samples, n_features), default=None
        Nodes to score. Of the training graph those are left out that the language model
        answered about.
    y : array-like of shape (n_nodes,), default=None
        Their true labels; unlabelled nodes are left out.

    Returns
    -------
    str
        Markdown. No text of a node is in it.

    Raises
    ------
    ModelFileError
        If the model is none that can be saved.
    ValueError
        If ``X`` is given without ``y``, or the other way round.

    Examples
    --------
    >>> import sklearn_tagkd
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=20, random_state=0)
    >>> card = sklearn_tagkd.model_card(student.fit(docs.graph, docs.target))
    >>> card.splitlines()[:2]
    ['---', 'library_name: sklearn_tagkd']
    """
    with asking_for("train", "A model card"):
        from sklearn_tagkd.saving.collect import describe

    _check_given_together(X, y)
    return _card_of(describe(model)[0], model, X, y)


def export_onnx(model: Any, path: Target) -> None:
    """Write a fitted ``mlp`` or ``decoupled`` network as ONNX.

    Inputs are rows, one per node, of float32: ``embeddings`` (of the text, as the
    encoder gives them), ``words``, ``features``, and with ``decoupled`` ``propagated``;
    those that the model has. The output is ``probabilities``, in the order of
    ``classes_``. :func:`onnx_inputs` makes the rows.

    Parameters
    ----------
    model : Pipeline or estimator
        A fitted network, or a pipeline that ends with one.
    path : str or PathLike
        Where to.

    Raises
    ------
    ModelFileError
        If the model is no such network.
    MissingExtraError
        If the package ``onnx`` is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import sklearn_tagkd
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=20, random_state=0)
    >>> student = student.fit(docs.graph, docs.target)
    >>> path = Path(tempfile.mkdtemp()) / "student.onnx"
    >>> sklearn_tagkd.export_onnx(student, path)
    >>> path.stat().st_size > 0
    True
    """
    from sklearn_tagkd.saving.onnx_graph import write_onnx

    write_onnx(model, path)


def onnx_inputs(model: Any, graph: Any) -> dict[str, NDArray[np.float32]]:
    """Return the rows that an exported network is to be given.

    Parameters
    ----------
    model : Pipeline or estimator
        The model that was exported.
    graph : TextGraph
        Nodes to predict.

    Returns
    -------
    dict of str to ndarray of float32 of shape (n_nodes, n_columns)
        By the names of the inputs.

    Examples
    --------
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> from sklearn_tagkd.persistence import onnx_inputs
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=20, random_state=0)
    >>> rows = onnx_inputs(student.fit(docs.graph, docs.target), docs.graph[:5])
    >>> {name: array.shape for name, array in sorted(rows.items())}
    {'embeddings': (5, 1024), 'propagated': (5, 1088), 'words': (5, 64)}
    """
    from sklearn_tagkd.saving.onnx_graph import rows_for_onnx

    return rows_for_onnx(model, graph)


def _check_given_together(X: Any, y: Any) -> None:
    if (X is None) != (y is None):
        raise ValueError("X and y score the model together: give both or none.")


def _card_of(document: dict[str, Any], model: Any, X: Any, y: Any) -> str:
    from sklearn_tagkd.saving.card import score_unanswered, write_card

    score = None if X is None else score_unanswered(model, X, y)
    return write_card(document, score)
