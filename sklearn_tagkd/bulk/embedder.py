"""What a network looks at, of a graph in a folder: rows in files, made part by part.

A step that is fitted or asked finds its rows, and what came of its neighbours', in
files that are mapped. The files lie beside the graph under a digest of what decides
them, so that a killed fit goes on, and other steps and other processes take them up.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.bulk.claims import once, tidy
from sklearn_tagkd.bulk.embedding import embed_folder
from sklearn_tagkd.bulk.heard_rows import HeardRows
from sklearn_tagkd.bulk.propagation import columns_at_a_time
from sklearn_tagkd.bulk.row_files import (
    changes_key,
    key_of,
    memory_of,
    weakened_file,
    weighed_links,
    write_explained,
)
from sklearn_tagkd.bulk.weighing import weigh_links
from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.features.row_parts import RowParts, SharedRows, mean_row
from sklearn_tagkd.features.space import InputSpace
from sklearn_tagkd.features.stored_rows import open_rows, rows_digest
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.graph.stored import BUILT, StoredGraph, received_links
from sklearn_tagkd.nn.inputs import NetworkInputs, Rows
from sklearn_tagkd.rationales.enhancement import Enhancement
from sklearn_tagkd.rationales.passed_over import PassedOver
from sklearn_tagkd.utils.array_files import ArrayFile, map_array
from sklearn_tagkd.utils.large_arrays import row_blocks
from sklearn_tagkd.utils.nameless_files import nameless_rows

__all__ = ["FolderEmbedder"]


class FolderEmbedder(GraphEmbedder):
    """Turns nodes into rows: in files, of a graph that is gone through by parts.

    Of any other graph in memory, as a :class:`GraphEmbedder`.

    Parameters
    ----------
    encoder : str or TextEncoder
        What embeds texts.
    device : str
        Where a sentence-transformers model runs, and rows are propagated.
    progress : bool or 'auto'
        Whether to show a progress bar.
    lexical_dim : int, default=0
        Latent dimensions of the words to find in :meth:`fit`.
    space : InputSpace, default=None
        Of a fitted model; None until :meth:`fit`.
    """

    def fit(self, graph: TextGraph) -> InputSpace:
        """Find the input space of a graph.

        Parameters
        ----------
        graph : TextGraph
            The whole parent is looked at.

        Returns
        -------
        InputSpace
            Also kept for later calls.

        Raises
        ------
        ValueError
            If memory does not hold one column of all nodes in each process: before
            hours go into what comes first.
        """
        store = graph.by_parts
        if store is not None:
            # An encoder has more columns than there are processes.
            n_columns = effective_n_jobs(None)
            if store.features is not None:
                n_columns = store.features.shape[1]
            columns_at_a_time(len(store), n_columns, memory_of(store), None)
        return super().fit(graph)

    def nodes(self, graph: TextGraph) -> Rows:
        """Embed every node of the parent.

        Parameters
        ----------
        graph : TextGraph
            Any view.

        Returns
        -------
        Rows of shape (n_parent_nodes, n_dimensions)
            Mapped, where the graph is gone through by parts.
        """
        store = graph.by_parts
        if store is None:
            return super().nodes(graph)
        return map_array(self._write_rows(store), scattered=True)

    def raw_inputs(
        self, graph: TextGraph, scorer: LinkScorer | None = None
    ) -> NetworkInputs:
        """Return raw texts and raw links: all that a student needs.

        Parameters
        ----------
        graph : TextGraph
            Any view.
        scorer : LinkScorer, default=None
            What weighs the links; None leaves them all alike.

        Returns
        -------
        NetworkInputs
            Of the whole parent, without messages.
        """
        store = graph.by_parts
        if store is None:
            return super().raw_inputs(graph, scorer)

        def compute() -> NetworkInputs:
            rows = self._write_rows(store)
            weights = self._weigh(store, rows, scorer)
            links = received_links(store)
            if weights is not None:
                links = weighed_links(links, weights)
            return NetworkInputs(
                map_array(rows, scattered=True),
                links,
                propagator=HeardRows(store, rows, weights, None, self.device),
            )

        return self.remember(graph, (scorer,), compute)

    def explained_inputs(
        self,
        graph: TextGraph,
        scorer: LinkScorer | None,
        changes: Enhancement | None,
        beside: bool = False,
    ) -> NetworkInputs:
        """Return texts and links as rationales change them.

        Parameters
        ----------
        graph : TextGraph
            Any view.
        scorer : LinkScorer or None
            What weighs the links.
        changes : Enhancement or None
            What changes; None is nothing, so that texts stand for keywords.
        beside : bool, default=False
            Whether keywords stand beside texts.

        Returns
        -------
        NetworkInputs
            Of the whole parent. Gone through by parts, rows have messages in them, and
            none beside.
        """
        store = graph.by_parts
        if store is None:
            return super().explained_inputs(graph, scorer, changes, beside)
        raw = self.raw_inputs(graph, scorer)
        if changes is None and not beside:
            return raw
        rows = self._write_rows(store)
        weights, links = self._weigh(store, rows, scorer), raw.links
        if changes is not None and len(changes.passed_over.cells):
            over = (weights, links, changes.passed_over)
            weights = weakened_file(self._folder(store), *over)
            links = changes.links
        key = changes_key(changes, weights, beside)
        work = self._folder(store) / f"explained-{key}"
        explained = work / "rows.npy"
        work.mkdir(exist_ok=True)
        tidy(work)
        with once(explained) as is_missing:
            if is_missing:
                write_explained(map_array(rows), changes, explained, beside)
        said = None if changes is None else work
        return NetworkInputs(
            map_array(explained, scattered=True),
            links,
            propagator=HeardRows(store, explained, weights, said, self.device),
        )

    def weaken(
        self,
        graph: TextGraph,
        scorer: LinkScorer | None,
        links: csr_array,
        passed_over: PassedOver,
    ) -> csr_array:
        """Return links of which some weigh less.

        Parameters
        ----------
        graph : TextGraph
            Any view.
        scorer : LinkScorer or None
            What weighs the links.
        links : csr_array of shape (n_parent_nodes, n_parent_nodes)
            Those of :meth:`raw_inputs`.
        passed_over : PassedOver
            Which of them, and what they weigh.

        Returns
        -------
        csr_array of shape (n_parent_nodes, n_parent_nodes)
            Others; indices sorted. Gone through by parts, mapped: as many as before,
            some of weight 0.
        """
        store = graph.by_parts
        if store is None:
            return super().weaken(graph, scorer, links, passed_over)
        weights = self._weigh(store, self._write_rows(store), scorer)
        folder = self._folder(store)
        path = weakened_file(folder, weights, links, passed_over)
        return weighed_links(links, path)

    def of_all_nodes(
        self,
        graph: TextGraph,
        compute: Callable[[NDArray[np.int64]], NDArray[np.float32]],
    ) -> NDArray[np.float32]:
        """Compute something of all nodes of the parent.

        Parameters
        ----------
        graph : TextGraph
            Any view.
        compute : callable
            From positions to rows.

        Returns
        -------
        ndarray of float32 of shape (n_parent_nodes, n_columns)
            Gone through by parts, in a file without a name.
        """
        store = graph.by_parts
        if store is None:
            return super().of_all_nodes(graph, compute)
        whole: NDArray[np.float32] | None = None
        for block in row_blocks(len(store)):
            nodes = np.arange(block.start, min(block.stop, len(store)))
            rows = compute(nodes)
            if whole is None:
                shape = (len(store), rows.shape[1])
                whole = nameless_rows(store.folder / BUILT, shape, scattered=True)
            whole[nodes[0] : nodes[-1] + 1] = rows
        assert whole is not None  # a graph has nodes
        return whole

    def _mean_text(self, graph: TextGraph) -> NDArray[np.float32]:
        store = graph.by_parts
        if store is None:
            return super()._mean_text(graph)
        return mean_row(self._vectors(store))

    def _vectors(self, store: StoredGraph) -> RowParts | SharedRows:
        """Return the vectors of the texts, embedded in parts."""
        store.check_unchanged()
        folder = embed_folder(
            store.folder,
            self.encoder,
            dtype="float32",
            device=self.device,
            progress=self.progress,
        )
        return open_rows(folder)

    def _write_rows(self, store: StoredGraph) -> Path:
        path = self._folder(store) / "rows.npy"
        with once(path) as is_missing:
            if is_missing:
                self._lay_side_by_side(store, path)
        return path

    def _lay_side_by_side(self, store: StoredGraph, path: Path) -> None:
        assert self.space is not None  # fit, or a fitted model's space, comes first
        vectors = None if self._center is None else self._vectors(store)
        width = sum(self.space.column_widths)
        with ArrayFile(path, "<f4", width) as file:
            for block in row_blocks(len(store)):
                nodes = np.arange(block.start, min(block.stop, len(store)))
                words = None
                if self._words is not None:
                    words = self._words.transform(store.texts.take(nodes))
                file.append(
                    self._rows(
                        None if vectors is None else vectors.read(block),
                        words,
                        None if store.features is None else store.features[block],
                    )
                )

    def _weigh(
        self, store: StoredGraph, rows: Path, scorer: LinkScorer | None
    ) -> Path | None:
        """Weigh links; embeddings of another width cannot be scored."""
        if scorer is None or len(scorer.of_product) != map_array(rows).shape[1]:
            return None
        work = rows.parent / f"scored-{key_of(scorer.of_product, scorer.of_difference)}"
        return weigh_links(
            store, rows, scorer, work, n_jobs=None, progress=self.progress
        )

    def _folder(self, store: StoredGraph) -> Path:
        """Return where the files lie of a graph, a space and an encoder."""
        assert self.space is not None  # fit, or a fitted model's space, comes first
        store.check_unchanged()
        center, words, n_features, scale = self.space.key
        said = [store.source, n_features, scale]
        if self._center is not None:
            said.append(str(self._encoder_key))
        if store.features is not None:
            said.append(rows_digest(store.folder / "features.npy"))
        key = key_of(json.dumps(said).encode(), center, words)
        folder = store.folder / BUILT / f"fitted-{key}"
        folder.mkdir(exist_ok=True)
        tidy(folder)
        return folder
