"""Folders that are shared, moved, full, for reading only, or changed in between."""

import os
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.bulk import (
    build_links,
    claims,
    embed_folder,
    predict_folder,
    predicting,
    propagate_folder,
)
from sklearn_tagkd.encoding import HashingEncoder
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.utils.processes import new_owner
from sklearn_tagkd.utils.whole_files import write_json
from tests.bulk.folders import contents, write_graph

ENCODER = HashingEncoder(16)


def draw(folder, n_nodes=300, seed=0, features=False):
    edges = np.random.default_rng(seed).integers(n_nodes, size=(3000, 2))
    write_graph(folder, [f"n{i}" for i in range(n_nodes)], edges)
    if features:
        np.save(folder / "features.npy", np.full((n_nodes, 2), seed, np.float32))
    for table in folder.iterdir():
        os.utime(table, (10**9, 10**9))
    return folder


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "graph").mkdir()
    return draw(tmp_path / "graph")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    small = TextGraph(["a goal", "a vote", "a late goal"], [(0, 2)])
    student = DistilledStudentClassifier(encoder=ENCODER, max_iter=3, random_state=0)
    student.fit(small, ["sport", "politics", ""])
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    sklearn_tagkd.save(student, path)
    return path


def label(folder, model, memory="1GiB"):
    build_links(folder, max_memory="1MiB")
    rows = embed_folder(folder, ENCODER, dtype="float32", texts_per_part=50)
    propagate_folder(folder, rows, n_hops=2)
    out = folder / "labels"
    return predict_folder(
        model, folder, out, encoder=ENCODER, dtype="float16", max_memory=memory
    )


def test_all_stages_may_be_called_several_times_at_once(folder, model, monkeypatch):
    monkeypatch.setattr(predicting, "_NODES", 64)
    shutil.copytree(folder, alone := folder.with_name("alone"))
    label(alone, model)
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(label, folder, model) for _ in range(4)]
        assert len({tuple(call.result()) for call in calls}) == 1
    assert contents(folder) == contents(alone)
    assert not list(folder.rglob("*.claim"))
    assert not list(folder.rglob("*.unfinished"))


def test_a_folder_may_be_moved_between_two_calls(folder, model, monkeypatch):
    monkeypatch.setattr(predicting, "_NODES", 64)
    parts = label(folder, model)
    wanted = contents(folder)
    kept = {path.name: path.stat().st_mtime_ns for path in parts[1:]}
    parts[0].unlink()
    moved = folder.with_name("moved")
    folder.rename(moved)
    again = label(moved, model)
    assert {path.name: path.stat().st_mtime_ns for path in again[1:]} == kept
    assert contents(moved) == wanted
    for stem in ("embeddings", "propagated", "predicted"):
        assert len(list((moved / "built").glob(f"{stem}-*"))) <= 2


def test_links_that_were_begun_elsewhere_are_built_on(folder, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("sklearn_tagkd.bulk.link_job.cut_rows", die)
        with pytest.raises(KeyboardInterrupt):
            build_links(folder, max_memory="1MiB")
    runs = {p.name: p.stat().st_mtime_ns for p in folder.glob("built/pieces-*/run-*")}
    assert runs
    moved = folder.with_name("moved")
    folder.rename(moved)
    made = []
    monkeypatch.setattr(
        "sklearn_tagkd.bulk.link_job.write_run", lambda *_, **__: made.append(1)
    )
    assert build_links(moved).n_links > 0
    assert made == []


def test_tables_that_change_are_noticed(folder, model):
    label(folder, model)
    fresh = folder.with_name("fresh")
    fresh.mkdir()
    for place in (folder, fresh):
        draw(place, seed=1)
        os.utime(place / "edges.parquet", (10**9 + 1, 10**9 + 1))
        label(place, model)
    wanted = contents(fresh)
    found = contents(folder)
    assert found[("", "graph.json")] == wanted[("", "graph.json")]
    assert found[("", "neighbors.npy")] == wanted[("", "neighbors.npy")]
    assert [p.read_bytes() for p in sorted((folder / "labels").glob("*.parquet"))] == [
        p.read_bytes() for p in sorted((fresh / "labels").glob("*.parquet"))
    ]


def test_tables_that_change_while_they_are_read_make_no_graph(folder, monkeypatch):
    from sklearn_tagkd.bulk import link_job

    cut = link_job.cut_rows

    def change(*given):
        os.utime(folder / "edges.parquet")
        return cut(*given)

    monkeypatch.setattr(link_job, "cut_rows", change)
    with pytest.raises(GraphFormatError, match="changed while they were read"):
        build_links(folder)
    assert not (folder / "built" / "graph.json").exists()
    monkeypatch.undo()
    assert build_links(folder).n_links > 0


def test_features_that_change_are_noticed(tmp_path):
    draw(tmp_path, features=True)
    build_links(tmp_path)
    rng = np.random.default_rng(0)
    np.save(tmp_path / "features.npy", rng.normal(size=(300, 2)).astype(np.float32))
    student = DistilledStudentClassifier(
        "mlp", encoder=ENCODER, max_iter=20, random_state=0
    )
    student.fit(TextGraph.open(tmp_path), ["one", "two"] * 150)
    sklearn_tagkd.save(student, tmp_path / "model.safetensors")
    path, out = tmp_path / "model.safetensors", tmp_path / "labels"
    before = predict_folder(path, tmp_path, out, encoder=ENCODER)[0].read_bytes()
    np.save(tmp_path / "features.npy", np.zeros((300, 2), np.float32))
    after = predict_folder(path, tmp_path, out, encoder=ENCODER)[0].read_bytes()
    assert before != after


def test_less_memory_than_before_keeps_the_rows(folder, model):
    label(folder, model, "4GiB")
    (work,) = (folder / "built").glob("predicted-*")
    for block in (*work.glob("columns-*"), *(folder / "labels").glob("*.parquet")):
        block.unlink()
    rows = {path: path.stat().st_mtime_ns for path in (work / "rows").iterdir()}
    wanted = label(folder, model, 401 * 2**20)
    assert {path: path.stat().st_mtime_ns for path in rows} == rows
    assert wanted[0].is_file()


def test_files_of_somebody_else_stay_where_they_are(folder, model):
    build_links(folder)
    (folder / "mine").mkdir()
    (folder / "mine" / "part-00000.parquet").write_text("mine")
    with pytest.raises(FileExistsError, match=r"part-00000.*folder of its own"):
        predict_folder(model, folder, folder / "mine", encoder=ENCODER)
    assert (folder / "mine" / "part-00000.parquet").read_text() == "mine"


@pytest.mark.skipif(os.name != "posix", reason="limits of files are POSIX's")
@pytest.mark.parametrize("limit", [1_000, 5_000, 20_000])
def test_a_full_disk_leaves_nothing_half_done(folder, model, limit):
    import resource

    shutil.copytree(folder, whole := folder.with_name("whole"))
    label(whole, model)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(OSError, match=r"large|space"):
            label(folder, model)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(folder.rglob("*.unfinished"))
    assert not list(folder.rglob("*.claim"))
    label(folder, model)
    assert contents(folder) == contents(whole)


@pytest.fixture
def without_rights():
    """A folder that this process may read and not write, root or not."""
    if os.name != "posix":
        pytest.skip("rights are POSIX's")
    folder = Path(tempfile.mkdtemp())
    is_root = os.geteuid() == 0

    def take_away():
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        if is_root:
            os.seteuid(65534)

    try:
        yield folder, take_away
    finally:
        if is_root:
            os.seteuid(0)
        for path in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
            path.chmod(0o755)
        shutil.rmtree(folder)


def test_what_is_there_is_read_from_a_folder_for_reading_only(without_rights):
    folder, take_away = without_rights
    draw(folder)
    report = build_links(folder)
    rows = embed_folder(folder, ENCODER)
    before = propagate_folder(folder, rows)[:]
    take_away()
    assert build_links(folder) == report
    assert embed_folder(folder, ENCODER) == rows
    np.testing.assert_array_equal(propagate_folder(folder, rows)[:], before)
    with pytest.raises(PermissionError, match="propagated"):
        propagate_folder(folder, rows, n_hops=1)


def test_what_a_killed_process_left_goes(folder, model):
    build_links(folder)
    work = embed_folder(folder, ENCODER, texts_per_part=50)
    (work / "part-00000.npy").unlink()
    (work / "parts.json").unlink()
    (work / ".part-00000.npy.1-a.unfinished").touch()
    claim = work / "part-00000.npy.claim"
    claim.write_text(new_owner().replace(f"/{os.getpid()}/", "/999999999/"))
    start = time.monotonic()
    embed_folder(folder, ENCODER, texts_per_part=50)
    assert time.monotonic() - start < claims._STALE
    assert not list(work.glob(".*"))
    assert not claim.exists()
    # Written, renamed, and killed before it let go.
    claim.write_text(new_owner().replace(f"/{os.getpid()}/", "/999999999/"))
    (work / "parts.json").unlink()
    embed_folder(folder, ENCODER, texts_per_part=50)
    assert not claim.exists()


def test_what_others_are_at_stays(tmp_path):
    target = tmp_path / "part.npy"
    unfinished = tmp_path / ".part.npy.1-a.unfinished"
    with claims.claimed(target):
        unfinished.touch()
        claims.tidy(tmp_path)
        assert unfinished.exists()
        assert claims.is_busy(tmp_path)
        with pytest.raises(ValueError, match="Another process"):
            propagate_wider(tmp_path)
    claims.tidy(tmp_path)
    assert not unfinished.exists()


def propagate_wider(work):
    from sklearn_tagkd.bulk import propagation

    (work / "blocks.json").write_text("[[0, 8]]")
    propagation._plan(work, 8, 4)


def test_who_is_elsewhere_is_gone_after_a_minute_and_who_is_here_when_it_ends(tmp_path):
    target = tmp_path / "part.npy"
    claim = tmp_path / "part.npy.claim"
    for name, age, is_busy in (
        ("elsewhere 1/1/1/a", 0, True),
        ("elsewhere 1/1/1/a", 100, False),
        ("", 0, True),
        ("", 100, False),
        (new_owner(), 100, True),  # it computes, and has no time for signs of life
    ):
        claim.write_text(name)
        os.utime(claim, (time.time() - age, time.time() - age))
        assert claims.is_busy(tmp_path) is is_busy
        with claims.claimed(target) as is_ours:
            assert is_ours is not is_busy


@pytest.mark.skipif(os.name != "posix", reason="folders are flushed on POSIX only")
def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    said = []
    flush, rename = os.fsync, os.replace

    def note_flush(opened):
        said.append("folder" if os.path.isdir(f"/dev/fd/{opened}") else "file")
        flush(opened)

    def note_rename(*names):
        said.append("name")
        rename(*names)

    monkeypatch.setattr(os, "fsync", note_flush)
    monkeypatch.setattr(os, "replace", note_rename)
    write_json(tmp_path / "said.json", {})
    assert said == ["file", "name", "folder"]
