"""Texts per second: one plain call of sentence-transformers beside our own encoding.

    python benchmarks/encoding.py            # the docs graph
    python benchmarks/encoding.py FOLDER --texts 600

Contenders take turns on the same texts, each round with an empty cache; the first
round, which pays for imports and weights, is thrown away. Seconds are the clock's,
since several processes are among them; with ``--jobs 1`` the processor's, which other
work on the machine changes less. Below stand the cosines of half precision with the
rest, and milliseconds for one text at a time.
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
HALF = "embed_texts, bfloat16"


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
    clock = time.process_time if options.jobs == 1 else time.perf_counter

    def ours(n_jobs: int, model: str = MODEL) -> np.ndarray:
        embed._by_name.clear()  # as another process would start
        return embed_texts(texts, model, progress=False, n_jobs=n_jobs)

    contenders: dict[str, Callable[[], np.ndarray]] = {
        "SentenceTransformer.encode": lambda: plain.encode(
            texts, show_progress_bar=False
        ),
        "embed_texts": lambda: ours(1),
        HALF: lambda: ours(1, f"{MODEL}:bfloat16"),
    }
    if options.jobs > 1:
        contenders[f"embed_texts, n_jobs={options.jobs}"] = lambda: ours(options.jobs)
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    seconds["embed_texts, from the disk"] = []
    for _ in range(options.rounds + 1):
        results = {}
        for name, contend in contenders.items():
            with TemporaryDirectory() as folder:
                os.environ["SKLEARN_TAGKD_CACHE"] = folder
                start = clock()
                results[name] = contend()
                seconds[name].append(clock() - start)
                if name == "embed_texts":
                    start = clock()
                    ours(1)
                    taken = clock() - start
                    seconds["embed_texts, from the disk"].append(taken)
        half, whole = results.pop(HALF), results["embed_texts"]
        assert all(np.allclose(whole, other, atol=near) for other in results.values())
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
    cosines = (half * whole).sum(axis=1)  # all vectors have length 1
    print(f"cosines of bfloat16: mean {cosines.mean():.6f}, least {cosines.min():.6f}")
    for title, text in (
        ("nine words", " ".join(texts[0].split()[:9])),
        ("one", texts[0]),
    ):
        for model in (MODEL, f"{MODEL}:bfloat16"):
            encoder, taken = load_model(model, "auto"), []
            for _ in range(30):
                start = clock()
                encoder.encode([text])
                taken.append(1000 * (clock() - start))
            print(f"{title}, {model}: {np.median(taken):.1f} ms")


if __name__ == "__main__":
    main()
