"""What documents cost that arrive after the fit, and how near they come to all anew.

    python benchmarks/new_documents.py                    # planted, 10^5 nodes
    python benchmarks/new_documents.py --nodes 2400000    # 62 million links
    python benchmarks/new_documents.py FOLDER docs ...    # real graphs, 5% held back

Planted graphs: a student learns 2,000 labels and predicts every node once. Then ten
documents at a time are appended with 26 links each and predicted; their texts, sections
of SciPy's and scikit-learn's documentation, are embedded by MiniLM within the time that
is told (what it says of them is thrown away, since classes are planted). In the end all
of them are predicted once more, around themselves and from the whole graph anew.

Real graphs: 5% of the nodes are held back, interpreter and student learn the recorded
answers about the rest, the nodes are appended with their links, and predicted around
themselves and from the whole graph anew.

Seconds are the clock's, and the processor's beside them, since other work stretches
the clock's.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from scale import LINKS_PER_NODE, forget_peak, peak
from synthetic import planted_graph

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
    datasets,
)
from sklearn_tagkd.llm import RecordedAnswers

AT_ONCE, LINKS, NOISE, SHARE = 10, 26, 4.0, 0.05


class PlantedEncoder:
    """Embeds a number as the row of that number, and takes MiniLM's time for a text.

    Its weights are random: what they say is thrown away, and they take as long.

    Parameters
    ----------
    rows : ndarray of float32 of shape (n_nodes, n_dimensions)
        Planted embeddings.
    words : int
        How much of a new text is read.
    """

    def __init__(self, rows: np.ndarray, words: int) -> None:
        from transformers import BertConfig, BertModel

        shape = {"num_hidden_layers": 6, "num_attention_heads": 12}
        config = BertConfig(hidden_size=384, intermediate_size=1536, **shape)
        self.rows, self.words, self.seconds = rows, words, 0.0
        self.planted: dict[str, np.ndarray] = {}
        self._model = BertModel(config).eval()

    def encode(self, texts: list[str], **_: object) -> np.ndarray:
        """Return one row per text."""
        new = [text for text in texts if text in self.planted]
        if not new:
            return self.rows[np.array(texts, dtype=np.int64)]
        start = time.perf_counter()
        self._read([text.split()[: self.words] for text in new])
        self.seconds += time.perf_counter() - start
        return np.stack([self.planted[text] for text in texts])

    def _read(self, texts: list[list[str]]) -> None:
        import torch

        # MiniLM's tokens are 1.3 per word of English, and two that frame them.
        length = 2 + round(1.3 * max(map(len, texts)))
        tokens = [[hash(word) % 30_000 for word in text] for text in texts]
        rows = [(own * 2 + [0] * length)[:length] for own in tokens]
        with torch.inference_mode():
            self._model(input_ids=torch.tensor(rows)).last_hidden_state.mean(dim=1)


def planted(n_nodes: int, n_batches: int, words: int, tolerance: float) -> None:
    """Print what planted documents cost."""
    drawn = planted_graph(n_nodes, round(LINKS_PER_NODE * n_nodes))
    classes, y = drawn.classes, drawn.y
    rows = np.asarray(drawn.graph.features)
    links = drawn.graph.adjacency
    upper = _upper_pairs(links)
    del drawn, links
    graph = TextGraph([str(node) for node in range(n_nodes)], upper)
    del upper
    print(f"{len(graph):,} nodes, {graph.n_links:,} links", flush=True)
    encoder = PlantedEncoder(rows, words)
    model = DistilledStudentClassifier(
        encoder=encoder,
        lexical_dim=0,
        push_tolerance=tolerance,
        random_state=0,
        progress=False,
    )
    start = time.perf_counter()
    model.fit(graph, y)
    print(f"fit, embedding included: {time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    model.predict_proba(graph)
    print(f"first prediction: {time.perf_counter() - start:.1f} s", flush=True)
    forget_peak()
    before = peak()
    documents = _Documents(rows, classes, encoder)
    bigger, steps, true = graph, [], []
    for _ in range(n_batches + 1):
        texts, edges, own = documents.draw(len(bigger))
        encoder.seconds, clock, busy = 0, time.perf_counter(), time.process_time()
        bigger = bigger.extended(texts, edges)
        appended = time.perf_counter() - clock
        model.predict_proba(bigger[-AT_ONCE:])
        wall, processor = time.perf_counter() - clock, time.process_time() - busy
        steps.append((wall, processor, appended, encoder.seconds))
        true.append(own)
    steps = steps[1:]  # the first imports what it needs
    for name, column in zip(
        ("all", "processor", "of it appending", "of it MiniLM"),
        np.transpose(steps),
        strict=True,
    ):
        middle, least, most = np.median(column), column.min(), column.max()
        print(f"  {name}: {middle:.3f} s ({least:.3f} to {most:.3f})")
    half = len(steps) // 2
    parts = [np.median(part, axis=0)[1] for part in (steps[:half], steps[half:])]
    print(f"  processor, first and second half: {parts[0]:.3f}, {parts[1]:.3f} s")
    print(f"  memory: {before:.2f} GiB before, peak {peak():.2f} GiB", flush=True)
    _compare(model, bigger, len(bigger) - n_nodes, np.concatenate(true))
    print(f"  peak with all anew: {peak():.2f} GiB")


class _Documents:
    """New documents of planted classes, with links as the graph has them."""

    def __init__(
        self, rows: np.ndarray, classes: np.ndarray, encoder: PlantedEncoder
    ) -> None:
        self._random = np.random.default_rng(1)
        self._classes, self._encoder = classes, encoder
        self._order = np.argsort(classes, kind="stable")
        self._bounds = np.searchsorted(
            classes[self._order], np.arange(classes.max() + 2)
        )
        self._centers = np.stack(
            [rows[classes == c].mean(axis=0) for c in range(classes.max() + 1)]
        )
        self._pages = datasets.load_docs().graph.texts

    def draw(self, first: int) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Return texts, links and classes of documents whose first number is given."""
        random = self._random
        own = random.integers(len(self._centers), size=AT_ONCE)
        noise = random.standard_normal((AT_ONCE, self._centers.shape[1]))
        rows = (self._centers[own] + NOISE * noise).astype(np.float32)
        pages = random.integers(len(self._pages), size=AT_ONCE)
        texts = [
            f"{first + i} {self._pages[page]}" for i, page in enumerate(pages.tolist())
        ]
        self._encoder.planted.update(zip(texts, rows, strict=True))
        start, stop = self._bounds[own], self._bounds[own + 1]
        place = random.random((AT_ONCE, LINKS)) * (stop - start)[:, None]
        mates = self._order[start[:, None] + place.astype(np.int64)]
        anyone = random.integers(len(self._classes), size=mates.shape)
        alike = random.random(mates.shape) < 0.7
        ends = np.where(alike, mates, anyone)
        sources = np.repeat(np.arange(first, first + AT_ONCE), LINKS)
        return texts, np.stack([sources, ends.ravel()], axis=1), own


def _upper_pairs(links: object) -> np.ndarray:
    """Return each undirected link once."""
    n_nodes, parts = links.shape[0], []
    for start in range(0, n_nodes, 65_536):
        stop = min(start + 65_536, n_nodes)
        starts = links.indptr[start : stop + 1]
        ends = links.indices[starts[0] : starts[-1]]
        sources = np.repeat(np.arange(start, stop, dtype=np.int32), np.diff(starts))
        parts.append(np.stack([sources, ends], axis=1)[sources < ends])
    return np.concatenate(parts)


def _compare(
    model: object, bigger: TextGraph, n_new: int, true: np.ndarray
) -> tuple[float, float]:
    start, few = time.perf_counter(), AT_ONCE
    around = np.concatenate(
        [
            model.predict_proba(bigger[range(first, min(first + few, len(bigger)))])
            for first in range(len(bigger) - n_new, len(bigger), few)
        ]
    )
    some = time.perf_counter() - start
    start = time.perf_counter()
    anew = model.predict_proba(bigger)[-n_new:]
    whole = time.perf_counter() - start
    labels = [model.classes_[said.argmax(axis=1)] for said in (around, anew)]
    right = [float((said == true).mean()) for said in labels]
    print(
        f"  {n_new} documents, {some:.1f} s around them, {whole:.1f} s anew: "
        f"probabilities differ by {np.abs(around - anew).max():.5f} at most, "
        f"labels equal {(labels[0] == labels[1]).mean():.4f}, "
        f"accuracy {right[0]:.4f} and {right[1]:.4f}",
        flush=True,
    )
    return right[0], right[1]


def held_back(where: str, seeds: int, encoder: str, tolerance: float) -> None:
    """Print how nodes of a real graph are predicted that were held back."""
    is_docs = where == "docs"
    bunch = datasets.load_docs() if is_docs else datasets.read_graph(where)
    graph, target = bunch.graph, np.asarray(bunch.target)
    print(f"{Path(where).name}: {len(graph):,} nodes, {graph.n_links:,} links")
    step = LLMRationaleTransformer(
        RecordedAnswers(bunch.answers), classes=bunch.target_names
    )
    told, accuracies = step.fit_transform(graph), []
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(len(graph))
        held = order[: round(SHARE * len(graph))]
        rest = np.setdiff1d(order, held)
        options = {"encoder": encoder, "random_state": seed, "progress": False}
        taught = InterpreterGNNClassifier(**options).fit_transform(told[rest].induced())
        student = DistilledStudentClassifier(push_tolerance=tolerance, **options)
        student.fit(taught)
        base = graph[rest].induced()
        student.predict_proba(base)
        links = graph.adjacency.tocoo()
        is_held = np.isin(np.arange(len(graph)), held)
        new = is_held[links.row] | is_held[links.col]
        if not graph.directed:
            new &= links.row < links.col
        ids = graph.node_ids
        edges = list(zip(ids[links.row[new]], ids[links.col[new]], strict=True))
        clock = time.perf_counter()
        bigger = base.extended(graph[held].texts, edges, node_ids=ids[held])
        student.predict_proba(bigger[-AT_ONCE:])
        print(f"  seed {seed}, ten documents: {time.perf_counter() - clock:.3f} s")
        accuracies.append(_compare(student, bigger, len(held), target[held]))
    around, anew = np.mean(accuracies, axis=0)
    print(f"  accuracy {100 * around:.2f} and {100 * anew:.2f} over {seeds} seeds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", metavar="FOLDER")
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--batches", type=int, default=100)
    parser.add_argument("--words", type=int, default=20, help="of a new text")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--encoder", default="all-MiniLM-L6-v2")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    options = parser.parse_args()
    for folder in options.folders:
        held_back(folder, options.seeds, options.encoder, options.tolerance)
    if not options.folders:
        planted(options.nodes, options.batches, options.words, options.tolerance)


if __name__ == "__main__":
    main()
