"""Every backbone on one graph with true labels and an official split.

    python benchmarks/backbones.py FOLDER --encoder hashing
    python benchmarks/backbones.py FOLDER --split NAME --seeds 3 --device cuda

FOLDER has nodes.parquet, edges.parquet and splits.json. A student learns the labels of
the split's training nodes, with default parameters but ``max_iter``, and no language
model; printed are the accuracy on its test nodes and the seconds to fit and to predict
every node, embeddings given: the processor's, or with a GPU the clock's.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from clock import clock

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
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    seconds = clock(options.device)
    bunch = datasets.read_graph(options.folder)
    splits = json.loads((options.folder / "splits.json").read_text())
    name = options.split or next(iter(splits))
    train, test = (np.array(splits[name][part]) for part in ("train", "test"))
    start = seconds()
    embed_texts(bunch.graph.texts, options.encoder, device=options.device)
    embedding = seconds() - start
    print(f"{options.folder.name}, {name}: {len(train)} training nodes,", end=" ")
    print(f"{len(test)} test nodes; {options.encoder}, {embedding:.0f} s to embed")
    warm_up = DistilledStudentClassifier(encoder="hashing", max_iter=2)
    some = np.arange(200)  # the first call of a library pays for its import
    warm_up.set_params(device=options.device).fit(bunch.graph[some], bunch.target[some])
    print("| backbone | accuracy | fit | predict |\n|---|---|---|---|", flush=True)
    for backbone in options.backbones:
        scores, fits, predictions = [], [], []
        for seed in range(options.seeds):
            model = DistilledStudentClassifier(
                backbone,
                encoder=options.encoder,
                max_iter=options.max_iter,
                random_state=seed,
                device=options.device,
                progress=False,
            )
            start = seconds()
            model.fit(bunch.graph[train], bunch.target[train])
            fitted = seconds()
            predicted = model.predict(bunch.graph)
            predictions.append(seconds() - fitted)
            fits.append(fitted - start)
            scores.append(float((predicted == bunch.target)[test].mean()))
        spread = f" ± {np.std(scores, ddof=1):.3f}" if len(scores) > 1 else ""
        print(
            f"| {backbone} | {np.mean(scores):.3f}{spread} | {np.median(fits):.2f} | "
            f"{np.median(predictions):.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
