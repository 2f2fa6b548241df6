"""What a release would be: built, unpacked, installed in an empty environment."""

import csv
import email
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import numpy as np
import pytest

import sklearn_tagkd

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
HERE = Path(__file__).parent
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}

pytestmark = pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="a release is built from the repository"
)


def run(*command, **options):
    ended = subprocess.run(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **{"env": CLEAN, **options},
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def build(folder, **options):
    pytest.importorskip("build")
    pytest.importorskip("twine")
    run(sys.executable, ROOT / "release" / "build.py", folder, **options)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel and the sdist of HEAD, which ``twine check --strict`` has passed."""
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def bare(built, tmp_path_factory):
    """Python of an environment with the wheel and what it must have: numpy."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    constraints = ROOT / "constraints.txt"
    run(*pip, "--python", python, "install", "-q", "-c", constraints, built[0])
    return python


def tracked():
    """Return what is committed, as the release is built from that."""
    names = run("git", "-C", ROOT, "ls-tree", "-r", "--name-only", "-z", "HEAD")
    return set(filter(None, names.split("\0")))


def test_the_wheel_holds_the_package_and_nothing_else(built):
    with zipfile.ZipFile(built[0]) as archive:
        names = set(archive.namelist())
        (record,) = (name for name in names if name.endswith("/RECORD"))
        rows = list(csv.reader(io.StringIO(archive.read(record).decode())))
    ours = {name for name in names if ".dist-info/" not in name}
    assert ours == {n for n in tracked() if n.startswith("sklearn_tagkd/")}
    assert {row[0] for row in rows} == names
    assert f"{record.removesuffix('RECORD')}licenses/LICENSE" in names
    assert "sklearn_tagkd/py.typed" in names


def test_the_sdist_holds_the_repository(built):
    with tarfile.open(built[1]) as archive:
        members = archive.getmembers()
    names = {member.name.partition("/")[2] for member in members if member.isfile()}
    assert tracked() - names == {".gitignore"}
    made = {name for name in names - tracked() if ".egg-info/" not in name}
    assert made == {"PKG-INFO", "setup.cfg"}
    assert {(member.uid, member.gid, member.uname) for member in members} == {
        (0, 0, "")
    }


@pytest.mark.skipif(sys.platform == "win32", reason="rights are of POSIX")
def test_the_same_commit_makes_the_same_bytes(built, tmp_path):
    """Whatever the user's rights, time zone and order of sets are."""
    odd = {**CLEAN, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}
    again = build(tmp_path, umask=0o077, env=odd)
    for first, second in zip(built, again, strict=True):
        assert first.name == second.name
        assert first.read_bytes() == second.read_bytes()


def test_every_place_names_the_same_version(built):
    with zipfile.ZipFile(built[0]) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        said = email.message_from_bytes(archive.read(name))
    version = sklearn_tagkd.__version__
    assert said["Version"] == version
    assert said["Name"] == "sklearn-tagkd"
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.*)$", citation, re.MULTILINE)[1] == version
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## ([\d.]+)", changes, re.MULTILINE)[1] == version
    minimum = said["Requires-Python"].removeprefix(">=")
    pythons = [
        tag.rpartition(" ")[2]
        for tag in said.get_all("Classifier")
        if re.search(r"Python :: 3\.\d+$", tag)
    ]
    assert pythons[0] == minimum
    # One that is installed before everything else, and so stays small.
    needed = [n for n in said.get_all("Requires-Dist") if "extra ==" not in n]
    assert [re.match(r"[\w-]+", name)[0] for name in needed] == ["numpy"]


INSTALLED = """
import importlib.metadata
print(*sorted(found.name for found in importlib.metadata.distributions()))
"""
PREDICT = """
import json, sys
from pathlib import Path
import sklearn_tagkd
kept = json.loads(Path(sys.argv[1] + ".json").read_text())
model = sklearn_tagkd.load(sys.argv[1] + ".safetensors")
found = model.predict_proba(kept["texts"], kept["edges"]).tolist()
try:
    sklearn_tagkd.TextGraph
except ImportError as error:
    refused = str(error)
there = sorted({m.partition(".")[0] for m in sys.modules} - sys.stdlib_module_names)
print(json.dumps([found, refused, there, sklearn_tagkd.__file__]))
"""


def test_a_bare_installation_predicts(bare, tmp_path):
    names = run(bare, "-c", INSTALLED, cwd=tmp_path).split()
    assert names == ["numpy", "sklearn-tagkd"]
    model = DATA / "model-format-1"
    said = run(bare, "-W", "error", "-c", PREDICT, model, cwd=tmp_path)
    found, refused, there, home = json.loads(said)
    kept = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))
    np.testing.assert_allclose(found, kept["probabilities"], atol=1e-5)
    assert "pip install 'sklearn-tagkd[train]'" in refused
    assert {"numpy", "sklearn_tagkd"} >= {name for name in there if name[0] != "_"}
    assert ROOT not in Path(home).parents
    said = run(bare.with_name("sklearn-tagkd"), "--help", cwd=tmp_path)
    assert said.startswith("usage: sklearn-tagkd")


def test_its_types_are_seen_from_outside(bare, tmp_path):
    mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", bare]
    options = [*mypy, "--config-file", os.devnull, "--cache-dir", tmp_path / "cache"]
    for name in ("consumer.py", "mistaken_consumer.py"):
        (tmp_path / name).write_bytes((HERE / name).read_bytes())
    said = run(*options, "consumer.py", cwd=tmp_path)
    assert "no issues found in 1 source file" in said
    ended = subprocess.run(
        [*map(str, options), "mistaken_consumer.py"],
        env=CLEAN,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(
        r"^mistaken_consumer.py:(\d+): error", ended.stdout, re.MULTILINE
    )
    lines = (HERE / "mistaken_consumer.py").read_text(encoding="utf-8").splitlines()
    marked = [n for n, line in enumerate(lines, 1) if line.endswith("# a mistake")]
    assert sorted(map(int, found)) == marked, ended.stdout
