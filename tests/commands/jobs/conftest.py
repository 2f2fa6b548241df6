"""A small folder in each format, and a way to run commands on it."""

import json

import pandas as pd
import pytest

from sklearn_tagkd.commands.cli import main
from sklearn_tagkd.llm.testing import LocalServer

KEY = "sk-never-shown-1234567890"
QUICK = ["--encoder", "hashing", "--max-iter", "20"]


def write_table(table, path):
    if path.suffix == ".parquet":
        table.to_parquet(path)
    elif path.suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        table.to_json(path, orient="records", lines=True)


def read_table(path):
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    return pd.read_json(path, orient="records", lines=True, dtype=False)


def tables_of(toy):
    ids, links = toy.graph.node_ids, toy.graph.adjacency.tocoo()
    once = links.row < links.col
    nodes = pd.DataFrame({"node": ids, "text": toy.graph.texts, "label": toy.target})
    ends = {"source": ids[links.row[once]], "target": ids[links.col[once]]}
    return nodes, pd.DataFrame(ends)


def write_tables(toy, folder, suffix):
    folder.mkdir(exist_ok=True)
    for name, table in zip(("nodes", "edges"), tables_of(toy), strict=True):
        write_table(table, folder / f"{name}{suffix}")
    return folder


@pytest.fixture(params=[".parquet", ".csv", ".jsonl"])
def suffix(request):
    return request.param


@pytest.fixture
def folder(toy, tmp_path):
    return write_tables(toy, tmp_path / "docs", ".csv")


@pytest.fixture(scope="session")
def models(toy, tmp_path_factory):
    """Models by backbone, learnt from recorded answers and labels."""
    folder = write_tables(toy, tmp_path_factory.mktemp("models") / "docs", ".csv")
    (folder / "answers.jsonl").write_bytes(toy.answers.read_bytes())
    found = {}
    for backbone in ("decoupled", "mlp", "gcn"):
        found[backbone] = folder / f"{backbone}.safetensors"
        options = ["--backbone", backbone, *QUICK, "--quiet"]
        assert main(["train", str(folder), "-o", str(found[backbone]), *options]) == 0
    return found


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("SKLEARN_TAGKD_CACHE", str(tmp_path / "cache"))
    with LocalServer() as server:
        yield server


@pytest.fixture
def run(capsys):
    """Run a command; return exit status, the object it printed, and stderr."""

    def call(*arguments):
        status = main([*map(str, arguments), "--json"])
        printed = capsys.readouterr()
        (line,) = printed.out.splitlines()
        told = json.loads(line)
        assert told["exit_code"] == status
        assert "Traceback" not in printed.err
        return status, told, printed.err

    return call
