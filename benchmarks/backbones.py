"""Every backbone on one graph with true labels and an official split.

    python benchmarks/backbones.py FOLDER --encoder hashing
    python benchmarks/backbones.py FOLDER --split NAME --seeds 3

FOLDER has nodes.parquet, edges.parquet and splits.json. A student learns the labels of
the split's training nodes, with default parameters but ``max_iter``, and no language
model; printed are the accuracy on its test nodes and the processor's seconds to fit and
to predict every node, embeddings given.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from sklearn_tagkd import DistilledStudentClassifier, datasets
from sklearn_tagkd.encoding import embed_texts
from sklearn_tagkd.nn.config import BACKBONES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--encoder", default="all-MiniLM-L6-v2")
    parser.add_argument("--split", help="name in splits.json; the first by default")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--max-iter", type=int, default=500)
    parser.add_argument("--backbones", nargs="+", default=BACKBONES)
    options = parser.parse_args()
    bunch = datasets.read_graph(options.folder)
    splits = json.loads((options.folder / "splits.json").read_text())
    name = options.split or next(iter(splits))
    train, test = (np.array(splits[name][part]) for part in ("train", "test"))
    start = time.process_time()
    embed_texts(bunch.graph.texts, options.encoder)
    embedding = time.process_time() - start
    print(f"{options.folder.name}, {name}: {len(train)} training nodes,", end=" ")
    print(f"{len(test)} test nodes; {options.encoder}, {embedding:.0f} s to embed")
    print("| backbone | accuracy | fit | predict |\n|---|---|---|---|", flush=True)
    for backbone in options.backbones:
        scores, fits, predictions = [], [], []
        for seed in range(options.seeds):
            model = DistilledStudentClassifier(
                backbone,
                encoder=options.encoder,
                max_iter=options.max_iter,
                random_state=seed,
                progress=False,
            )
            start = time.process_time()
            model.fit(bunch.graph[train], bunch.target[train])
            fitted = time.process_time()
            predicted = model.predict(bunch.graph)
            predictions.append(time.process_time() - fitted)
            fits.append(fitted - start)
            scores.append(float((predicted == bunch.target)[test].mean()))
        spread = f" ± {np.std(scores, ddof=1):.3f}" if len(scores) > 1 else ""
        print(
            f"| {backbone} | {np.mean(scores):.3f}{spread} | {np.median(fits):.1f} | "
            f"{np.median(predictions):.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
