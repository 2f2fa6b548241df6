"""plan, annotate, train and predict, one after the other, in each format."""

import json
import subprocess
import sys

import numpy as np
import pytest

import sklearn_tagkd
from sklearn_tagkd.llm import OpenAIClient
from sklearn_tagkd.rationales import (
    ClassProfile,
    read_answers,
    read_profiles,
    write_profiles,
)
from tests.commands.jobs.conftest import KEY, QUICK, read_table, write_tables


def asking(server):
    return ["--base-url", server.url, "--price", "0.15", "0.6", "--max-nodes", "12"]


def test_the_whole_way(toy, tmp_path, suffix, server, run):
    folder = write_tables(toy, tmp_path / "docs", suffix)
    answers, model = folder / "answers.jsonl", tmp_path / "model.safetensors"
    status, plan, _ = run("plan", folder, *asking(server))
    assert status == 0
    assert server.log.n_requests == 0
    assert (plan["nodes"], plan["links"], plan["questions"]) == (60, 120, 12)
    assert plan["classes"] == sorted(set(toy.target))
    assert 12 < plan["texts_sent"] <= 60
    assert 0 < plan["cost"] < plan["most_cost"]
    status, asked, _ = run(
        "annotate", folder, *asking(server), "-o", answers, "--max-cost", "1"
    )
    assert (status, asked["answered"], asked["requests"]) == (0, 12, 12)
    assert server.log.n_requests == 12
    assert len(read_answers(answers)[0]) == 12
    status, trained, _ = run("train", folder, "-o", model, *QUICK, "--card")
    assert (status, trained["answers"], trained["labels"]) == (0, 12, 60)
    assert trained["bytes"] == model.stat().st_size
    assert trained["teacher_right_percent"] is None  # of so few answers
    assert "- en" not in (card := model.with_suffix(".md").read_text())
    assert "cooking" in card
    labels = tmp_path / f"labels{suffix}"
    status, found, _ = run("predict", model, folder, "-o", labels, "--probabilities")
    assert (status, found["nodes"]) == (0, 60)
    table = read_table(labels)
    names = sorted(set(toy.target))
    assert list(table.columns) == ["node", "label", "confidence", *names]
    assert table["node"].tolist() == toy.graph.node_ids.tolist()
    # What the model says, to six decimals.
    exact = sklearn_tagkd.load(model).predict_proba(toy.graph)
    shares = table[names].to_numpy().astype(float)
    np.testing.assert_allclose(shares, exact, atol=6e-7)
    assert table["label"].tolist() == [names[i] for i in shares.argmax(axis=1)]
    assert table["confidence"].astype(float).tolist() == shares.max(axis=1).tolist()
    assert sum(found["labels"].values()) == 60
    assert not list(tmp_path.glob("*.parts"))


def test_the_whole_way_as_processes(toy, tmp_path, server):
    folder = write_tables(toy, tmp_path / "docs", ".jsonl")

    def call(*arguments):
        command = [sys.executable, "-m", "sklearn_tagkd", *map(str, arguments)]
        run = subprocess.run(
            [*command, "--json"], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        for text in toy.graph.texts:
            assert text not in run.stdout + run.stderr
        assert KEY not in run.stdout + run.stderr
        return json.loads(run.stdout), run.stderr

    answers, model = folder / "answers.jsonl", tmp_path / "model.safetensors"
    call("plan", folder, *asking(server))
    _, told = call("annotate", folder, *asking(server), "-o", answers)
    assert "ask gpt-4o-mini: 100%" in told  # progress, on stderr
    call("train", folder, "-o", model, *QUICK)
    call("predict", model, folder, "-o", tmp_path / "labels.parquet")


def test_people_read_lines(folder, models, tmp_path, server, capsys):
    from sklearn_tagkd.commands.cli import main

    assert main(["plan", str(folder), *asking(server)]) == 0
    printed = capsys.readouterr().out
    assert "nothing was sent" in printed
    assert "texts sent" in printed
    out = ["-o", str(tmp_path / "labels.csv"), "--quiet"]
    assert main(["predict", str(models["mlp"]), str(folder), *out]) == 0
    printed = capsys.readouterr()
    assert "nodes        60" in printed.out
    assert printed.err == ""


@pytest.mark.parametrize("names", [["--classes", "a", "b"], ["described"]])
def test_classes_of_a_folder_without_labels(folder, tmp_path, server, run, names):
    lines = (folder / "nodes.csv").read_text().splitlines()
    bare = [line.rpartition(",")[0] for line in lines]
    (folder / "nodes.csv").write_text("\n".join(bare))
    status, told, _ = run("plan", folder, *asking(server))
    assert status == 2
    assert "--classes" in told["error"]
    if names == ["described"]:
        path = tmp_path / "classes.json"
        path.write_text('{"a": "the first", "b": ""}')
        names = ["--class-descriptions", str(path)]
    out = ["-o", folder / "answers.jsonl"]
    status, told, _ = run("annotate", folder, *asking(server), *out, *names)
    assert (status, told["classes"], told["answered"]) == (0, ["a", "b"], 12)
    status, told, _ = run("train", folder, "-o", tmp_path / "m.safetensors", *QUICK)
    assert (status, told["labels"], told["classes"]) == (0, 0, ["a", "b"])


def test_class_profiles_alone(folder, tmp_path, server, run):
    out = ["-o", folder / "answers.jsonl", "--class-profiles", "ask"]
    zero = ["--base-url", server.url, "--max-nodes", "0", "--supervision", "llm"]
    names = ["--classes", "cooking", "music", "space"]
    status, told, _ = run("annotate", folder, *zero, *out, *names)
    assert (status, told["requests"], told["output"]) == (0, 3, None)
    assert told["profiles_output"] == str(folder / "class_profiles.jsonl")
    options = [*QUICK, "--supervision", "llm", "--card"]
    status, told, _ = run("train", folder, "-o", tmp_path / "m.safetensors", *options)
    assert (status, told["class_profiles"], told["labels"]) == (0, True, 0)
    assert told["scored_nodes"] == 60
    assert 0 <= told["accuracy"] <= 1


def test_profiles_that_were_paid_for_stay_where_classes_are_refused_now(
    folder, server, run
):
    out = ["-o", folder / "answers.jsonl", "--class-profiles", "ask"]
    zero = ["--base-url", server.url, "--max-nodes", "0", "--supervision", "llm"]
    names = ["--classes", "cooking", "music", "space"]
    path = folder / "class_profiles.jsonl"
    known = [ClassProfile("music", "paid for"), ClassProfile("film", "no class")]
    write_profiles(known, path)
    nothing = ["--max-requests", "0", "--store", folder / "other.sqlite"]
    status, _, _ = run("annotate", folder, *zero, *out, *names, *nothing)
    assert status == 3
    assert read_profiles(path) == known[:1]
    status, _, _ = run("annotate", folder, *zero, *out, *names)
    assert status == 0
    told = read_profiles(path)
    assert [profile.name for profile in told] == ["cooking", "music", "space"]
    assert told[1].description != "paid for"


def test_a_limit_is_told_and_what_there_is_is_kept(folder, server, run):
    out = ["-o", folder / "answers.jsonl"]
    few = ["--max-requests", "5", "--max-concurrency", "1"]
    status, told, _ = run("annotate", folder, *asking(server), *out, *few)
    assert (status, told["status"]) == (3, "stopped")
    assert (told["answered"], told["gave_up"]) == (5, 7)
    assert len(read_answers(folder / "answers.jsonl")[0]) == 5
    status, told, _ = run("annotate", folder, *asking(server), *out)
    assert (status, told["answered"], told["requests"]) == (0, 12, 7)
    assert told["already_answered"] == 5


def test_answers_about_other_nodes_stay(toy, folder, server, run):
    path = folder / "answers.jsonl"
    path.write_bytes(toy.answers.read_bytes())
    status, told, _ = run("annotate", folder, *asking(server), "-o", path)
    nodes = [answer.node for answer in read_answers(path)[0]]
    assert status == 0
    assert len(nodes) == len(set(nodes)) == told["answers_kept_from_before"] + 12
    assert set(nodes) >= {record.node for record in toy.records}
    path.write_text("this is no file of answers\n")
    status, told, _ = run("annotate", folder, *asking(server), "-o", path)
    assert status == 1
    assert "holds no answer" in told["error"]
    assert path.read_text() == "this is no file of answers\n"


def test_without_a_cache_answers_are_kept_beside_the_output(
    folder, server, run, monkeypatch
):
    monkeypatch.setenv("SKLEARN_TAGKD_CACHE", "off")
    out = ["-o", folder / "answers.jsonl"]
    run("annotate", folder, *asking(server), *out)
    assert (folder / "answers.jsonl.sqlite").is_file()
    _, told, _ = run("annotate", folder, *asking(server), *out)
    assert (told["requests"], told["already_answered"]) == (0, 12)


def test_labels_of_a_split_score(toy, folder, tmp_path, run):
    split = {"half": {"train": list(range(30)), "test": list(range(30, 60))}}
    (folder / "splits.json").write_text(json.dumps(split))
    out = ["-o", tmp_path / "m.safetensors", *QUICK, "--split", "half"]
    status, told, _ = run("train", folder, *out)
    assert (status, told["labels"], told["scored_nodes"]) == (0, 30, 30)
    assert told["accuracy"] > 0.8
    status, told, _ = run("train", folder, *out[:-1], "third")
    assert status == 2
    assert "half" in told["error"]


def test_the_plan_is_what_is_asked(folder, server, run):
    _, plan, _ = run("plan", folder, *asking(server))
    out = ["-o", folder / "answers.jsonl"]
    _, told, _ = run("annotate", folder, *asking(server), *out)
    assert told["requests"] == plan["requests"]
    _, plan, _ = run("plan", folder, *asking(server))
    assert plan["already_answered"] > 0


def test_keys_are_never_options(folder, server, run, capsys):
    secret = "sk-proj-abcdefghijk"
    for wrong in (
        ["--api-key", secret],
        ["--key", secret],
        ["--api-key-env", secret],
        ["--api_key=" + secret],
    ):
        command = ["plan", folder, *asking(server), *wrong]
        try:
            status, told, err = run(*command)
        except SystemExit as ended:
            printed = capsys.readouterr()
            status, told, err = ended.code, json.loads(printed.out), printed.err
        assert status == 2
        assert secret not in json.dumps(told) + err


def test_a_missing_key_is_told(folder, run, monkeypatch, tmp_path):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("SKLEARN_TAGKD_CACHE", str(tmp_path / "cache"))
    status, told, _ = run("annotate", folder, "-o", folder / "a.jsonl")
    assert status == 1
    assert "OPENAI_API_KEY" in told["error"]


def test_a_cap_needs_a_price(folder, server, run):
    options = ["--base-url", server.url, "--max-cost", "1"]
    status, told, _ = run("annotate", folder, "-o", folder / "a.jsonl", *options)
    assert status == 2
    assert "--price" in told["error"]


def test_clients_of_python_and_of_the_shell_share_their_store(toy, folder, server, run):
    client = OpenAIClient("gpt-4o-mini", base_url=server.url)
    step = sklearn_tagkd.LLMRationaleTransformer(client, max_nodes=12)
    step.fit(toy.graph, toy.target)
    out = ["-o", folder / "answers.jsonl"]
    _, told, _ = run("annotate", folder, *asking(server), *out)
    assert told["requests"] == 0
