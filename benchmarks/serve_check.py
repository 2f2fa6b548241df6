"""A model made here predicts in an environment that has never seen torch.

``python benchmarks/serve_check.py`` trains a student here, builds the wheel, installs
it with ``[serve]`` into an empty virtual environment, and lets that one predict from
the file alone: through numpy, and through onnxruntime. It prints how far probabilities
are apart, what was imported, and how many MiB the environment takes. Exit status 1
where one of them is not as promised.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import numpy as np

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier, datasets
from sklearn_tagkd.persistence import onnx_inputs

ROOT = Path(__file__).resolve().parents[1]
MOST_MIB, MOST_APART = 200, 1e-5

PREDICT = """
import json, sys, time
import numpy as np
import onnxruntime
import sklearn_tagkd
folder = sys.argv[1]
given = json.load(open(folder + "/given.json"))
expected = np.load(folder + "/expected.npy")
before = set(sys.modules)
start = time.perf_counter()
model = sklearn_tagkd.load(folder + "/student.safetensors")
loaded = time.perf_counter()
found = model.predict_proba(given["texts"], given["edges"])
done = time.perf_counter()
rows = dict(np.load(folder + "/rows.npz"))
session = onnxruntime.InferenceSession(folder + "/student.onnx")
by_onnx = session.run(None, rows)[0]
tops = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps({
    "apart, numpy": float(abs(found - expected).max()),
    "apart, onnxruntime": float(abs(by_onnx - expected).max()),
    "seconds to load": round(loaded - start, 3),
    "seconds to predict": round(done - loaded, 3),
    "imported by load and predict": sorted(tops - set(sys.stdlib_module_names)),
    "never imported": sorted({"torch", "scipy", "sklearn"} - set(sys.modules)),
}))
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_model(folder)
        python = make_environment(folder)
        command = [python, "-I", "-c", PREDICT, folder]
        run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        said = json.loads(run.stdout)
        sizes = installed_mib(python)
    total = sum(sizes.values())
    for what, value in said.items():
        print(f"{what}: {value}")
    for part, mib in sorted(sizes.items(), key=lambda item: -item[1])[:8]:
        print(f"{mib:7.1f} MiB  {part}")
    print(f"{total:7.1f} MiB  in all, without pip; at most {MOST_MIB}")
    apart = max(said["apart, numpy"], said["apart, onnxruntime"])
    is_light = total <= MOST_MIB and len(said["never imported"]) == 3
    return int(not is_light or apart > MOST_APART)


def make_model(folder: Path) -> None:
    docs = datasets.load_docs()
    student = DistilledStudentClassifier(encoder="hashing", random_state=0)
    sklearn_tagkd.save(
        student.fit(docs.graph, docs.target), folder / "student.safetensors"
    )
    # What a file keeps, and not what it was made of, is what both compute.
    loaded = sklearn_tagkd.load(folder / "student.safetensors")
    sklearn_tagkd.export_onnx(loaded, folder / "student.onnx")
    np.savez(folder / "rows.npz", **onnx_inputs(loaded, docs.graph))
    np.save(folder / "expected.npy", loaded.predict_proba(docs.graph))
    cells = docs.graph.adjacency.tocoo()
    edges = np.stack([cells.row, cells.col], axis=1).tolist()
    given = {"texts": docs.graph.texts, "edges": edges}
    (folder / "given.json").write_text(json.dumps(given), encoding="utf-8")


def make_environment(folder: Path) -> str:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    bin_folder = "Scripts" if sys.platform == "win32" else "bin"
    python = str(folder / "venv" / bin_folder / "python")
    pip[0] = python
    constraints = ["-c", ROOT / "constraints.txt"]
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    wanted = f"{wheel}[serve]"
    subprocess.run([*pip, "install", *constraints, wanted], check=True, env=clean)
    return python


def installed_mib(python: str) -> dict[str, float]:
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.run([python, "-c", code], check=True, capture_output=True)
    site = Path(found.stdout.decode().strip())
    return {
        part.name: sum(f.stat().st_size for f in part.rglob("*") if f.is_file()) / 2**20
        for part in site.iterdir()
        if part.is_dir() and not part.name.startswith(("pip", "setuptools"))
    }


if __name__ == "__main__":
    sys.exit(main())
