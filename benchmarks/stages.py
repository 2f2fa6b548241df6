"""Time and peak memory of each stage of the main job, in one process a stage.

    python benchmarks/stages.py            # the docs graph
    python benchmarks/stages.py FOLDER     # a folder with answers.jsonl

Each stage runs in a fresh process that first brings itself, untimed, to where the
stage begins; "peak" is the resident memory that process reached, libraries included,
and "before" what it held when the stage began.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

STAGES = ("read", "embed", "annotate", "interpreter", "student", "predict")


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def run_stage(stage: str, where: str, encoder: str) -> dict[str, float]:
    """Run all stages up to one, and measure that one."""
    from sklearn_tagkd import (
        DistilledStudentClassifier,
        InterpreterGNNClassifier,
        LLMRationaleTransformer,
        datasets,
    )
    from sklearn_tagkd.encoding import embed_texts
    from sklearn_tagkd.llm import RecordedAnswers

    options = {"encoder": encoder, "random_state": 0, "progress": False}
    state: dict = {}

    def read():
        is_docs = where == "docs"
        state["b"] = datasets.load_docs() if is_docs else datasets.read_graph(where)

    def embed():
        embed_texts(state["b"].graph.texts, encoder)

    def annotate():
        llm = RecordedAnswers(state["b"].answers)
        step = LLMRationaleTransformer(llm=llm, classes=state["b"].target_names)
        state["graph"] = step.fit_transform(state["b"].graph)

    def interpreter():
        model = InterpreterGNNClassifier(**options)
        state["taught"] = model.fit_transform(state["graph"])

    def student():
        state["model"] = DistilledStudentClassifier(**options).fit(state["taught"])

    def predict():
        state["model"].predict_proba(state["b"].graph)

    steps = dict(
        zip(
            STAGES,
            (read, embed, annotate, interpreter, student, predict),
            strict=True,
        )
    )
    for name in STAGES[: STAGES.index(stage)]:
        steps[name]()
    before, start = resident_mb(), time.perf_counter()
    steps[stage]()
    return {
        "seconds": time.perf_counter() - start,
        "before": before,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graph", nargs="?", default="docs")
    parser.add_argument("--encoder", default="all-MiniLM-L6-v2")
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        figures = run_stage(options.stage, options.graph, options.encoder)
        print(json.dumps(figures))
        return
    print(f"{Path(options.graph).name}, {options.encoder}")
    print("| stage | seconds | MiB before | MiB peak |\n|---|---|---|---|")
    for stage in STAGES:
        command = [sys.executable, __file__, options.graph]
        command += ["--encoder", options.encoder, "--stage", stage]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            sys.exit(run.stderr)
        f = json.loads(run.stdout.splitlines()[-1])
        print(
            f"| {stage} | {f['seconds']:.2f} | {f['before']:.0f} | {f['peak']:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
