"""A saved ``mlp`` or ``decoupled`` model that predicts by numpy alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.features.link_weights import PairWeights, weigh_pairs
from sklearn_tagkd.features.probe import PROBE_SENTENCE, check_probe
from sklearn_tagkd.nn.fitted import FittedNetwork
from sklearn_tagkd.nn.plain.outputs import outputs_of_rows
from sklearn_tagkd.nn.plain.propagation import ReceivedLinks, propagate
from sklearn_tagkd.saving.document import read_model
from sklearn_tagkd.saving.parts import SavedModel, SavedStep
from sklearn_tagkd.serving.documents import read_features, read_links, read_texts
from sklearn_tagkd.serving.rows import HashedTexts, input_rows
from sklearn_tagkd.utils.link_kinds import kind_of_links, warn_of_other_links
from sklearn_tagkd.utils.most_probable import most_probable

__all__ = ["ServedModel"]


class ServedModel:
    """A saved model without torch, SciPy and scikit-learn.

    :func:`sklearn_tagkd.load` returns it where these are not installed. It says what
    the fitted model says, to 1e-5.

    Parameters
    ----------
    saved : SavedModel
        What a file holds; its last step answers.
    encoder : object with ``encode``, or mapping of step name to one, default=None
        What embeds texts, where the model was not fitted with ``"hashing"`` and
        embeddings are not given.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted labels.

    See Also
    --------
    sklearn_tagkd.load : Reads a file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import sklearn_tagkd
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> from sklearn_tagkd.serving import ServedModel
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=20, random_state=0)
    >>> path = Path(tempfile.mkdtemp()) / "student.safetensors"
    >>> sklearn_tagkd.save(student.fit(docs.graph, docs.target), path)
    >>> served = ServedModel.from_file(path)
    >>> served.predict_proba(["A transform.", "Its inverse."], edges=[(0, 1)]).shape
    (2, 16)
    """

    def __init__(self, saved: SavedModel, encoder: Any = None) -> None:
        step = saved.steps[-1]
        if "network_" not in step.fitted:
            raise ModelFileError(
                f"The file's last step is a {step.kind}, which predicts nothing. Save "
                "the student, or a pipeline that ends with it."
            )
        self._network = step.fitted["network_"]
        if self._network.config.passes_messages:
            raise ModelFileError(
                f"The model passes messages ({self._network.config.backbone!r}), which "
                "takes torch: pip install 'sklearn-tagkd[train]'. Without it "
                "backbone='decoupled' and 'mlp' predict."
            )
        self.classes_: NDArray[Any] = step.fitted["classes_"]
        self._space = step.fitted["input_space_"]
        self._scorer = step.fitted["link_scorer_"]
        self._is_of_graph = step.fitted["fitted_on_graph_"]
        self._encoder = _find_encoder(step, encoder)

    @classmethod
    def from_file(cls, path: Any, encoder: Any = None) -> ServedModel:
        """Read a model.

        Parameters
        ----------
        path : str or PathLike
            Of a file that :func:`sklearn_tagkd.save` wrote.
        encoder : object with ``encode``, default=None
            What embeds texts.

        Returns
        -------
        ServedModel
            Ready to predict.

        Raises
        ------
        ModelFileError
            If the file is damaged, or its model is none that numpy can compute.
        """
        return cls(read_model(path), encoder)

    def __repr__(self) -> str:
        config = self._network.config
        return f"ServedModel({config.backbone!r}, classes={config.n_classes})"

    @property
    def network(self) -> FittedNetwork:
        """The trained network, as arrays."""
        network: FittedNetwork = self._network
        return network

    @property
    def link_scorer(self) -> PairWeights | None:
        """What weighs links; None where all are alike."""
        scorer: PairWeights | None = self._scorer
        return scorer

    @property
    def backbone(self) -> str:
        """The kind of network: ``'mlp'``, which sees no links, or ``'decoupled'``."""
        return str(self._network.config.backbone)

    def predict_proba(
        self,
        X: Any,
        edges: Any = (),
        *,
        directed: bool = False,
        weights: Any = None,
        embeddings: Any = None,
        features: Any = None,
    ) -> NDArray[np.float64]:
        """Return the probability of every class.

        Parameters
        ----------
        X : list of str, or array-like of shape (n_samples, n_features)
            Texts; rows of features for a model that was fitted on an array.
        edges : array-like of shape (n_edges, 2), default=()
            Links among the documents, as pairs of positions.
        directed : bool, default=False
            Whether a link goes one way.
        weights : array-like of shape (n_edges,), default=None
            How much passes over each link; None is 1 for all.
        embeddings : array-like of shape (n_documents, n_dimensions), default=None
            What the model's encoder makes of the texts, where it is not at hand here.
        features : array-like of shape (n_documents, n_features), default=None
            Numeric columns beside the texts.

        Returns
        -------
        ndarray of float64 of shape (n_documents, n_classes)
            Columns in the order of ``classes_``; rows sum to 1.

        Raises
        ------
        ValueError
            If something has another shape than the model was fitted on, or texts cannot
            be embedded here.
        """
        rows = self.input_rows(X, embeddings=embeddings, features=features)
        config = self._network.config
        propagated = None
        if config.backbone == "decoupled":
            links = self._links(edges, weights, directed, rows)
            rows = np.tile(rows, (1, config.input_dim // rows.shape[1]))
            propagated = propagate(rows, links, config.n_hops, config.teleport)
        else:
            rows = np.tile(rows, (1, config.input_dim // rows.shape[1]))
        learnt = self._network.weights
        shares = outputs_of_rows(config, learnt, rows, propagated, "probabilities")
        exact = shares.astype(np.float64)
        exact /= exact.sum(axis=1, keepdims=True)
        return exact

    def input_rows(
        self, X: Any, *, embeddings: Any = None, features: Any = None
    ) -> NDArray[np.float32]:
        """Return what the network looks at of each document by itself.

        Parameters
        ----------
        X, embeddings, features : object
            As in :meth:`predict_proba`.

        Returns
        -------
        ndarray of float32 of shape (n_documents, n_columns)
            Rows of the model's input space.
        """
        if self._is_of_graph:
            texts = read_texts(X)
        else:
            features, texts = X, [""] * len(X)
        matrix = read_features(features, len(texts), self._space.n_features)
        return input_rows(self._space, self._embed(texts, embeddings), texts, matrix)

    def predict(
        self,
        X: Any,
        edges: Any = (),
        *,
        abstain_below: float | None = None,
        **given: Any,
    ) -> NDArray[Any]:
        """Return the most probable class, or none where it is not probable enough.

        Parameters
        ----------
        X : list of str, or array-like of shape (n_samples, n_features)
            As in :meth:`predict_proba`.
        edges : array-like of shape (n_edges, 2), default=()
            Links among the documents.
        abstain_below : float, default=None
            The probability below which no class is named; None names one always.
        **given : object
            As in :meth:`predict_proba`.

        Returns
        -------
        ndarray of shape (n_documents,)
            Labels; where no class is named, ``''`` among strings and -1 among
            numbers.

        Raises
        ------
        ValueError
            If ``abstain_below`` is not between 0 and 1.
        """
        shares = self.predict_proba(X, edges, **given)
        return most_probable(shares, self.classes_, abstain_below)

    def received_links(
        self, edges: Any, weights: Any, directed: bool, n_documents: int
    ) -> ReceivedLinks:
        """Return who hears whom, and warn where the model has learnt from other links.

        Parameters
        ----------
        edges, weights, directed : object
            As in :meth:`predict_proba`.
        n_documents : int
            How many documents there are.

        Returns
        -------
        ReceivedLinks
            Of the weights that are given, as yet.
        """
        pairs, weighed = read_links(edges, weights, n_documents, directed)
        now = kind_of_links(len(pairs), directed, weighed)
        warn_of_other_links(self._space.links, now)
        return ReceivedLinks.of_pairs(pairs, weighed, n_documents)

    def _links(
        self, edges: Any, weights: Any, directed: bool, rows: NDArray[np.float32]
    ) -> ReceivedLinks:
        links = self.received_links(edges, weights, directed, len(rows))
        # One that was learnt over other columns says nothing of these.
        if self._scorer is None or len(self._scorer.of_product) != rows.shape[1]:
            return links
        scores = weigh_pairs(self._scorer, links.receivers, links.senders, rows)
        return ReceivedLinks(links.starts, links.senders, scores * links.weights)

    def _embed(self, texts: list[str], given: Any) -> NDArray[np.float32] | None:
        center = self._space.text_center
        if center is None:
            return None
        if given is None:
            if self._encoder is None:
                raise ValueError(
                    "The model's text encoder is not at hand here. Give "
                    "embeddings=, what it makes of the texts, or "
                    "load(path, encoder=...), an object with encode(texts)."
                )
            given = self._encode(texts)
        embedded = np.asarray(given, dtype=np.float32)
        if embedded.shape != (len(texts), len(center)):
            raise ValueError(
                f"Embeddings have shape {embedded.shape}; expected "
                f"{(len(texts), len(center))}: one row per text, by the encoder that "
                "the model was fitted with."
            )
        if not np.isfinite(embedded).all():
            raise ValueError("An embedding is not finite. Look at what embeds.")
        return embedded

    def _encode(self, texts: list[str]) -> Any:
        if self._space.probe is None or isinstance(self._encoder, HashedTexts):
            return self._encoder.encode(texts)
        both = np.asarray(self._encoder.encode([PROBE_SENTENCE, *texts]), np.float32)
        check_probe(both[0], self._space.probe, type(self._encoder).__name__)
        return both[1:]


def _find_encoder(step: SavedStep, given: Any) -> Any:
    note = step.encoder
    if isinstance(given, Mapping):
        given = given.get(step.name)
    if given is not None and hasattr(given, "encode") and not isinstance(given, str):
        return given
    name = given if isinstance(given, str) else note and note.name
    if note is not None and note.kind == "hashing" and given is None:
        return HashedTexts(note.width)
    return HashedTexts() if name == "hashing" else None
