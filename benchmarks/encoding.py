"""Texts per second: one plain call of sentence-transformers beside our own encoding.

    python benchmarks/encoding.py            # the docs graph
    python benchmarks/encoding.py FOLDER --texts 600

Contenders take turns on the same texts, each round with an empty cache; the first
round, which pays for imports and weights, is thrown away. Seconds are the clock's,
since several processes are among them.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sentence_transformers import SentenceTransformer

from sklearn_tagkd import datasets
from sklearn_tagkd.encoding import embed_texts
from sklearn_tagkd.features.encoding import embed
from sklearn_tagkd.nn.sentence_encoder import load_model

MODEL = "all-MiniLM-L6-v2"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graph", nargs="?", default="docs")
    parser.add_argument("--texts", type=int, default=600, help="drawn at random")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    is_docs = options.graph == "docs"
    bunch = datasets.load_docs() if is_docs else datasets.read_graph(options.graph)
    everything = np.array(bunch.graph.texts, dtype=object)
    order = np.random.default_rng(0).permutation(len(everything))
    texts = everything[order[: options.texts]].tolist()
    plain: SentenceTransformer = load_model(MODEL, "auto")._model

    near = 1e-4 if plain.device.type == "cpu" else 1e-2  # products of bfloat16

    def ours(n_jobs: int) -> np.ndarray:
        embed._by_name.clear()  # as another process would start
        return embed_texts(texts, MODEL, progress=False, n_jobs=n_jobs)

    contenders: dict[str, Callable[[], np.ndarray]] = {
        "SentenceTransformer.encode": lambda: plain.encode(
            texts, show_progress_bar=False
        ),
        "embed_texts": lambda: ours(1),
        f"embed_texts, n_jobs={options.jobs}": lambda: ours(options.jobs),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    seconds["embed_texts, from the disk"] = []
    for _ in range(options.rounds + 1):
        results = []
        for name, contend in contenders.items():
            with TemporaryDirectory() as folder:
                os.environ["SKLEARN_TAGKD_CACHE"] = folder
                start = time.perf_counter()
                results.append(contend())
                seconds[name].append(time.perf_counter() - start)
                if name == "embed_texts":
                    start = time.perf_counter()
                    ours(1)
                    taken = time.perf_counter() - start
                    seconds["embed_texts, from the disk"].append(taken)
        assert all(np.allclose(results[0], other, atol=near) for other in results)
    length = np.mean([len(text.split()) for text in texts])
    print(f"{Path(options.graph).name}, {len(texts)} texts of {length:.0f} words")
    print("| | texts per second | range | ratio |\n|---|---|---|---|")
    reference = np.median(seconds["SentenceTransformer.encode"][1:])
    for name, every_round in seconds.items():
        rates = len(texts) / np.array(every_round[1:])
        print(
            f"| {name} | {np.median(rates):.1f} | {rates.min():.1f} to "
            f"{rates.max():.1f} | {reference / np.median(every_round[1:]):.2f} |"
        )


if __name__ == "__main__":
    main()
