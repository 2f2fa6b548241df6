"""Install a release in empty environments, one for every Python, and use it.

``python release/check.py FOLDER`` (``make release-check``) takes what
``python release/build.py FOLDER`` made and every interpreter from 3.11 on that answers
to its name. The wheel alone must predict from a saved model of every format, with
warnings as errors; so must what the sdist builds; with [train] this interpreter fits,
saves, loads and predicts. It prints a line for each. Exit status 1 where one fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("python3.11", "python3.12", "python3.13", "python3.14")
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}

PREDICT = """
import json, sys
from pathlib import Path
import sklearn_tagkd
for model in Path(sys.argv[1]).glob("model-format-*.safetensors"):
    kept = json.loads(model.with_suffix(".json").read_text())
    served = sklearn_tagkd.load(model)
    found = served.predict_proba(kept["texts"], kept["edges"])
    assert abs(found - kept["probabilities"]).max() < 1e-5
"""
FIT = """
import sklearn_tagkd
from sklearn.pipeline import Pipeline
from sklearn_tagkd import *
from sklearn_tagkd.llm import RecordedAnswers
docs = datasets.load_docs()
quick = dict(encoder="hashing", max_iter=20, random_state=0)
model = Pipeline([
    ("rationales", LLMRationaleTransformer(llm=RecordedAnswers(docs.answers))),
    ("interpreter", InterpreterGNNClassifier(**quick)),
    ("student", DistilledStudentClassifier(**quick)),
]).fit(docs.graph)
sklearn_tagkd.save(model, "model.safetensors", True, docs.graph, docs.target)
loaded = sklearn_tagkd.load("model.safetensors")
assert loaded.score(docs.graph, docs.target) > 0.5
"""


def main() -> int:
    """Check every installation that can be had here."""
    (wheel,), (sdist,) = (
        list(Path(sys.argv[1]).resolve().glob(kind)) for kind in ("*.whl", "*.tar.gz")
    )
    constrained = ["-c", str(ROOT / "constraints.txt")]
    data = str(ROOT / "tests" / "data")
    passed = []
    for name in NAMES:
        python = shutil.which(name)
        if python is None or not answers(python):
            print(f"{name}: not here")
            continue
        for what in (wheel, sdist):
            steps = [["-m", "pip", "check"], ["-W", "error", "-c", PREDICT, data]]
            passed.append(check(python, [str(what)], steps, what.name, name))
    wanted = [*constrained, f"{wheel}[train]"]
    steps = [["-m", "pip", "check"], ["-c", FIT]]
    passed.append(check(sys.executable, wanted, steps, f"{wheel.name}[train]", "this"))
    return int(not all(passed))


def answers(python: str) -> bool:
    """Tell whether a command is an interpreter, and not a stand-in for none."""
    ended = subprocess.run([python, "-c", ""], check=False, capture_output=True)
    return ended.returncode == 0


def check(
    python: str, wanted: list[str], steps: list[list[str]], what: str, name: str
) -> bool:
    """Install into an empty environment and take steps in it; say how that went."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", f"{folder}/venv"], check=True, env=CLEAN)
        places = list(Path(folder, "venv").glob("*/python*"))
        inside = str(min(places, key=lambda place: len(place.name)))
        install = ["-m", "pip", "install", "-q", "--disable-pip-version-check"]
        for step in ([*install, *wanted], *steps):
            ended = subprocess.run(
                [inside, *step],
                cwd=folder,
                env=CLEAN,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            if ended.returncode:
                print(f"{name}: {what}: FAILED\n{ended.stdout}")
                return False
    print(f"{name}: {what}: installed and used")
    return True


if __name__ == "__main__":
    sys.exit(main())
