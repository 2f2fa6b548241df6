"""A saved model as a function of texts or of a folder, with torch and without."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.datasets.folder_tables import FolderTables
from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.saving.document import read_model
from sklearn_tagkd.saving.parts import SavedSpace
from sklearn_tagkd.serving.served_model import ServedModel
from sklearn_tagkd.serving.wide_model import WideModel

__all__ = ["Predictor"]

_WIDE = 2**29  # bytes of rows; several times as many are held where all are in memory


@dataclass(frozen=True)
class Predictor:
    """A model that was loaded.

    Parameters
    ----------
    path : Path
        Of its file.
    device : str
        Where to compute.
    model : Pipeline, estimator or ServedModel
        What predicts.
    is_served : bool
        Whether it is a ServedModel.
    backbone : str
        The kind of network.
    """

    path: Path
    device: str
    model: Any
    is_served: bool
    backbone: str

    @classmethod
    def load(cls, path: Path, device: str, progress: bool) -> Predictor:
        """Read a model.

        Parameters
        ----------
        path : Path
            Of the file.
        device : str
            Where to compute.
        progress : bool
            Whether bars are welcome.

        Returns
        -------
        Predictor
            Ready.

        Raises
        ------
        ModelFileError
            If the file holds no model that predicts documents here.
        """
        from sklearn_tagkd.persistence import load

        model = load(path, device)
        last = model[-1] if hasattr(model, "steps") else model
        backbone = getattr(last, "backbone", None)
        if not getattr(last, "fitted_on_graph_", True) or backbone is None:
            raise ModelFileError(
                f"{path.name} holds no model of documents: it was fitted on an array, "
                "or its last step predicts nothing. Save the student, or a pipeline "
                "that ends with it."
            )
        is_served = not hasattr(last, "set_params")
        if not is_served:
            last.set_params(progress="auto" if progress else False)
        return cls(path, device, model, is_served, backbone)

    @property
    def sees_links(self) -> bool:
        """Whether a node's class depends on others."""
        return self.backbone != "mlp"

    @property
    def classes(self) -> NDArray[Any]:
        """Sorted labels."""
        labels: NDArray[Any] = self.model.classes_
        return labels

    def of_texts(
        self, texts: list[str], features: NDArray[np.float32] | None
    ) -> NDArray[np.float64]:
        """Return the probabilities of documents that need no links.

        Parameters
        ----------
        texts : list of str
            Of the documents.
        features : ndarray of float32 of shape (n_documents, n_features) or None
            Numbers beside them.

        Returns
        -------
        ndarray of float64 of shape (n_documents, n_classes)
            Rows sum to 1.
        """
        if not texts:
            return np.empty((0, len(self.classes)))
        shares: NDArray[np.float64]
        if self.is_served:
            shares = self.model.predict_proba(texts, features=features)
            return shares
        from sklearn_tagkd.graph import TextGraph

        shares = self.model.predict_proba(TextGraph(texts, [], features=features))
        return shares

    def is_too_wide(self, n_documents: int) -> bool:
        """Tell whether rows of so many documents are better kept on disk.

        Parameters
        ----------
        n_documents : int
            Of a folder.

        Returns
        -------
        bool
            Only for ``'decoupled'``, whose columns do not mix.
        """
        if self.backbone != "decoupled":
            return False
        space: SavedSpace = read_model(self.path).steps[-1].fitted["input_space_"]
        return n_documents * sum(space.widths) * 4 >= _WIDE

    def wide(self, scratch: Path) -> WideModel:
        """Return the same model, to be given documents part by part.

        Parameters
        ----------
        scratch : Path
            Folder that holds the columns of all rows meanwhile.

        Returns
        -------
        WideModel
            Without documents.
        """
        if self.is_served:
            return WideModel(self.model, scratch)
        last = self.model[-1] if hasattr(self.model, "steps") else self.model
        encoder = _Cached(last.encoder, self.device)
        return WideModel(ServedModel.from_file(self.path, encoder), scratch)

    def of_tables(self, tables: FolderTables, directed: bool) -> NDArray[np.float64]:
        """Return the probabilities of all documents of a folder.

        Parameters
        ----------
        tables : FolderTables
            The folder.
        directed : bool
            Whether a link goes one way.

        Returns
        -------
        ndarray of float64 of shape (n_documents, n_classes)
            Rows sum to 1.
        """
        shares: NDArray[np.float64]
        if self.is_served:
            shares = self.model.predict_proba(
                tables.texts,
                tables.links,
                directed=directed,
                weights=tables.weights,
                features=tables.features,
            )
            return shares
        graph = tables.graph(directed=directed, named=False)
        tables.texts.clear()  # the graph has them, in less memory
        shares = self.model.predict_proba(graph)
        return shares


@dataclass(frozen=True)
class _Cached:
    """An encoder behind the cache of embeddings."""

    encoder: Any
    device: str

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        from sklearn_tagkd.encoding import embed_texts

        return embed_texts(texts, self.encoder, device=self.device, progress=False)
