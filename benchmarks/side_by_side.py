"""What a fit costs beside what else one could do, side by side in one process.

    python benchmarks/side_by_side.py            # the docs graph
    python benchmarks/side_by_side.py FOLDER     # a folder with answers.jsonl
    python benchmarks/side_by_side.py FOLDER --device cuda

Embeddings are given. Contenders take turns; printed are medians over the rounds, the
range, the ratio to a plain PyG GCN of as many epochs, layers and hidden columns, and
the accuracy on nodes without an answer. Seconds are the processor's, or with a GPU the
clock's; scikit-learn and scikit-network have no use for one. A contender that is not
installed is left out: ``pip install -e .[bench]`` installs them.
"""

from __future__ import annotations

import argparse
import importlib.util
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from clock import clock
from sklearn.neural_network import MLPClassifier
from sklearn.semi_supervised import LabelSpreading
from torch_geometric.nn import GCNConv

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    datasets,
)
from sklearn_tagkd.encoding import embed_texts
from sklearn_tagkd.features import memo
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.nn.device import pick_device

HIDDEN, EPOCHS = 256, 200


class PlainGCN(torch.nn.Module):
    """As PyG's own example has it."""

    def __init__(self, n_columns: int, n_classes: int) -> None:
        super().__init__()
        self.first = GCNConv(n_columns, HIDDEN, cached=True)
        self.second = GCNConv(HIDDEN, n_classes, cached=True)

    def forward(self, rows: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
        """Return logits of all nodes."""
        rows = F.dropout(rows, training=self.training)
        rows = F.relu(self.first(rows, edges))
        rows = F.dropout(rows, training=self.training)
        return self.second(rows, edges)


class Problem:
    """A graph of which some nodes have an answer, in every contender's form."""

    def __init__(self, where: str, encoder: str, n_answers: int, device: str) -> None:
        self.device = pick_device(device)
        is_docs = where == "docs"
        bunch = datasets.load_docs() if is_docs else datasets.read_graph(where)
        step = LLMRationaleTransformer(
            RecordedAnswers(bunch.answers),
            classes=bunch.target_names,
            max_nodes=n_answers,
        )
        self.encoder, self.plain = encoder, bunch.graph
        self.graph = step.fit_transform(bunch.graph)
        table = self.graph.annotations["rationales"]
        self.rows = embed_texts(bunch.graph.texts, encoder, device=device)
        self.classes = np.unique(bunch.target)
        self.target = np.searchsorted(self.classes, bunch.target)
        self.answered = table.positions
        top = table.classes[table.probabilities.argmax(axis=1)]
        self.answers = np.searchsorted(self.classes, top)
        self.known = np.full(len(self.target), -1)
        self.known[self.answered] = self.answers
        self.test = np.flatnonzero((self.known < 0) & (bunch.target != ""))
        self.links = bunch.graph.adjacency.astype(np.float32)
        cells = self.links.tocoo()
        ends = np.stack([cells.row, cells.col]).astype(np.int64)
        self.edges = torch.from_numpy(ends)


def pipeline(backbone: str) -> Callable[[Problem, int], np.ndarray]:
    def run(problem: Problem, seed: int) -> np.ndarray:
        options = {
            "backbone": backbone,
            "encoder": problem.encoder,
            "random_state": seed,
            "progress": False,
            "device": str(problem.device),
        }
        memo.forget(problem.graph)  # every round begins like the first
        taught = InterpreterGNNClassifier(**options).fit_transform(problem.graph)
        student = DistilledStudentClassifier(**options).fit(taught)
        predicted = student.predict(problem.plain)
        return np.searchsorted(problem.classes, predicted)

    return run


def pyg_gcn(problem: Problem, seed: int) -> np.ndarray:
    torch.manual_seed(seed)
    rows = torch.from_numpy(problem.rows).to(problem.device)
    edges = problem.edges.to(problem.device)
    model = PlainGCN(rows.shape[1], len(problem.classes)).to(problem.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)
    train = torch.from_numpy(problem.answered).to(problem.device)
    answers = torch.from_numpy(problem.answers).to(problem.device)
    for _ in range(EPOCHS):
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(rows, edges)[train], answers)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        return model(rows, edges).argmax(dim=1).cpu().numpy()


def scikit_network(problem: Problem, seed: int) -> np.ndarray:
    from scipy.sparse import csr_matrix
    from sknetwork.gnn import GNNClassifier

    model = GNNClassifier(
        dims=[HIDDEN, len(problem.classes)], layer_types="Conv", learning_rate=0.01
    )
    links = csr_matrix(problem.links.astype(float))
    model.fit(
        links,
        problem.rows.astype(float),
        problem.known,
        n_epochs=EPOCHS,
        random_state=seed,
    )
    return model.predict()


def sklearn_mlp(problem: Problem, seed: int) -> np.ndarray:
    model = MLPClassifier((HIDDEN,), max_iter=EPOCHS, random_state=seed)
    model.fit(problem.rows[problem.answered], problem.answers)
    return model.predict(problem.rows)


def label_spreading(problem: Problem, seed: int) -> np.ndarray:
    model = LabelSpreading(kernel="knn", n_neighbors=10)
    return model.fit(problem.rows, problem.known).transduction_


def bare_products(problem: Problem, seed: int) -> None:
    """Ten products, as many as one propagation of the decoupled backbone has."""
    state = problem.rows
    for _ in range(10):
        state = problem.links @ state


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graph", nargs="?", default="docs")
    parser.add_argument("--answers", type=int, default=140)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--encoder", default="all-MiniLM-L6-v2")
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    now = clock(options.device)
    warnings.simplefilter("ignore")  # peers that have not converged say so
    problem = Problem(options.graph, options.encoder, options.answers, options.device)
    contenders: dict[str, Callable[[Problem, int], np.ndarray | None]] = {
        "PyG GCN": pyg_gcn,
        "interpreter + student, decoupled": pipeline("decoupled"),
        "interpreter + student, gcn": pipeline("gcn"),
        "scikit-network GNNClassifier": scikit_network,
        "scikit-learn MLPClassifier": sklearn_mlp,
        "scikit-learn LabelSpreading": label_spreading,
        "ten sparse products": bare_products,
    }
    if importlib.util.find_spec("sknetwork") is None:
        del contenders["scikit-network GNNClassifier"]
    # The first call of a library pays for its import: that round is thrown away.
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    scores: dict[str, list[float]] = {name: [] for name in contenders}
    for seed in range(options.rounds + 1):
        for name, contend in contenders.items():
            start = now()
            predicted = contend(problem, seed)
            seconds[name].append(now() - start)
            if predicted is not None:
                right = predicted[problem.test] == problem.target[problem.test]
                scores[name].append(float(right.mean()))
    name = Path(options.graph).name
    print(f"{name}, {len(problem.answered)} answers, {options.rounds} rounds")
    print("| | seconds | range | to PyG GCN | accuracy |\n|---|---|---|---|---|")
    reference = np.median(seconds["PyG GCN"][1:])
    for contender, all_rounds in seconds.items():
        taken = all_rounds[1:]
        found = scores[contender][1:]
        accuracy = f"{np.mean(found):.3f} ± {np.std(found):.3f}" if found else ""
        print(
            f"| {contender} | {np.median(taken):.2f} | {min(taken):.2f} to "
            f"{max(taken):.2f} | {np.median(taken) / reference:.2f} | {accuracy} |"
        )


if __name__ == "__main__":
    main()
