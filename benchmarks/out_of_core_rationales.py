"""A whole pipeline on texts that memory does not hold: asked, explained, distilled.

    python benchmarks/out_of_core_rationales.py FOLDER               # 1 million texts
    python benchmarks/out_of_core_rationales.py FOLDER --limit 1GiB

Draws short texts of eight classes with the degrees of a real graph into the folder
(once), builds the graph, and makes up answers, with keywords and key neighbours, about
nodes drawn at random: right in 85 of 100 cases. Then a pipeline chooses whom of them
to ask by ``"auto"``, hears the answers as they were recorded, fits an interpreter and
its student, and predicts all nodes: by parts with ``--max-memory``, in a process of its
own, and with ``--limit`` in a control group of that much memory. Texts are hashed into
128 columns, beside which stand the 64 of their words. Seconds are the clock's; the peak
is of memory that no file backs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

import numpy as np
from drawn_graphs import class_names, draw
from out_of_core import forget, measure

_CLASSES = 8
_RIGHT = 0.85
_SHOWN = 5  # neighbours in a question


def make_up(folder: Path, n_answers: int) -> None:
    """Write answers about nodes drawn at random."""
    from sklearn_tagkd import TextGraph
    from sklearn_tagkd.asking.questions import build_questions
    from sklearn_tagkd.rationales import KeyNeighbor, Rationale
    from sklearn_tagkd.rationales.answers_file import write_answers

    graph, names = TextGraph.open(folder, verify=False), class_names(_CLASSES)
    random = np.random.default_rng(1)
    asked = np.sort(random.choice(len(graph), n_answers, replace=False))
    questions = build_questions(graph, asked, dict.fromkeys(names, ""), _SHOWN)
    records = []
    for node, question in zip(asked.tolist(), questions, strict=True):
        said = node if random.random() < _RIGHT else random.integers(_CLASSES)
        shown = graph.positions(list(question.neighbors)).tolist()
        key = [
            KeyNeighbor(name, tuple(graph.parent[[place]].texts[0].split()[:3]))
            for name, place in zip(question.neighbors, shown, strict=True)
            if place % _CLASSES == said % _CLASSES
        ]
        words = tuple(question.text.split()[:3])
        share = {names[said % _CLASSES]: 0.9, names[(said + 1) % _CLASSES]: 0.1}
        records.append(
            Rationale(question.node, share, question.neighbors, words, tuple(key))
        )
    write_answers(folder / "answers.jsonl", records)


def run(folder: Path, max_memory: str | None, n_asked: int, steps: int) -> None:
    """Fit the pipeline, predict, and say how many labels are right."""
    from sklearn.pipeline import make_pipeline

    from sklearn_tagkd import (
        DistilledStudentClassifier,
        InterpreterGNNClassifier,
        LLMRationaleTransformer,
        TextGraph,
    )
    from sklearn_tagkd.encoding import HashingEncoder
    from sklearn_tagkd.llm import RecordedAnswers

    class Timed:
        """What tells how long a part took."""

        began = time.perf_counter()

        def tell(self, what: str) -> None:
            now = time.perf_counter()
            print(f"{what} {now - self.began:.1f} s", flush=True)
            self.began = now

    graph, clock = TextGraph.open(folder, max_memory=max_memory), Timed()
    how = {"max_iter": steps, "random_state": 0, "progress": False}
    how["encoder"] = HashingEncoder(128)
    asking = LLMRationaleTransformer(
        RecordedAnswers(folder / "answers.jsonl"),
        class_names(_CLASSES),
        max_nodes=n_asked,
        selection="auto",
    )
    annotated = asking.fit_transform(graph)
    clock.tell("ask")
    taught = InterpreterGNNClassifier(**how).fit_transform(annotated)
    clock.tell("interpreter")
    student = DistilledStudentClassifier(**how).fit(taught)
    clock.tell("student")
    model = make_pipeline(student)
    said = model.predict(graph)
    clock.tell("predict")
    true = np.array(class_names(_CLASSES))[np.arange(len(graph)) % _CLASSES]
    print(f"right: {(said == true).mean():.4f} of {len(graph)}", flush=True)
    few = graph[np.arange(0, len(graph), -(-len(graph) // 10_000))]
    name = "memory" if max_memory is None else "parts"
    np.save(folder / f"said-{name}.npy", said)
    np.save(folder / f"shares-{name}.npy", model.predict_proba(few))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nodes", type=int, default=10**6)
    parser.add_argument("--links", type=int, default=10**7)
    parser.add_argument("--answers", type=int, default=3000, help="to choose from")
    parser.add_argument("--asked", type=int, default=500)
    parser.add_argument("--steps", type=int, default=200, help="max_iter")
    parser.add_argument("--max-memory", default="1GiB", help="what a step may take")
    parser.add_argument("--limit", help="of the group that the pipeline runs in")
    parser.add_argument("--runs", nargs="+", default=["parts"])
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = options.folder
    if options.inside:
        memory = None if options.runs == ["memory"] else options.max_memory
        run(folder, memory, options.asked, options.steps)
        return
    if not (folder / "edges").is_dir():
        draw(folder, options.nodes, options.links, 0, n_classes=_CLASSES)
    if not (folder / "built").is_dir():
        from sklearn_tagkd.bulk import build_links

        build_links(folder, progress=False)
    make_up(folder, options.answers)
    for name in options.runs:
        for kind in ("fitted", "embeddings"):
            for left in (folder / "built").glob(f"{kind}-*"):
                shutil.rmtree(left)
        if options.limit:
            forget(folder)
        inside = [sys.executable, __file__, *sys.argv[1:], "--inside", "--runs", name]
        found = measure(inside, options.limit if name == "parts" else None)
        print(json.dumps({"run": name, **vars(options), **found}, default=str))
    saved = {
        what: [folder / f"{what}-{name}.npy" for name in ("memory", "parts")]
        for what in ("said", "shares")
    }
    if all(path.is_file() for paths in saved.values() for path in paths):
        said, shares = ([np.load(path) for path in saved[what]] for what in saved)
        print(f"labels that agree: {(said[0] == said[1]).mean():.6f}")
        apart = np.abs(shares[0] - shares[1]).max()
        print(f"probabilities differ by up to {apart:.1e}")


if __name__ == "__main__":
    main()
