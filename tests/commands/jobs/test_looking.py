"""``report`` and ``explain``: pages of a folder and of a saved model."""

import json

import pytest

from sklearn_tagkd.commands.cli import main
from sklearn_tagkd.rationales import write_answers


def test_a_folder_is_reported_before_it_is_asked_about(folder, run, tmp_path, toy):
    page = tmp_path / "before.html"
    status, told, _ = run("report", folder, "-o", page)
    assert status == 0
    assert (told["nodes"], told["labelled"], told["trained"]) == (60, 60, False)
    assert told["links"] == toy.graph.n_links
    assert told["bytes"] == page.stat().st_size
    assert "What asking would take" in page.read_text()


def test_a_model_is_reported_with_the_answers_beside_it(
    folder, models, run, tmp_path, toy
):
    answers, fresh = folder / "answers.jsonl", tmp_path / "fresh.jsonl"
    write_answers(answers, toy.records[:24])
    write_answers(fresh, toy.records[24:])
    page = tmp_path / "after.json"
    more = ["--trained", models["decoupled"], "--fresh-answers", fresh]
    status, told, _ = run("report", folder, "-o", page, *more)
    assert status == 0
    assert (told["answers"], told["trained"]) == (24, True)
    sections = json.loads(page.read_text())["sections"]
    assert sections["teacher"]["facts"]["answered nodes"] == 24
    (drift,) = sections["drift"]["tables"].values()
    assert drift[0]["answers"] == 6


def test_documents_are_explained_and_their_phrases_are_not_printed(
    folder, models, tmp_path, toy, capsys
):
    ids, texts = toy.graph.node_ids[:2].tolist(), toy.graph.texts[:2]
    page = tmp_path / "why.md"
    wanted = [word for node in ids for word in ("--node", node)]
    arguments = ["explain", models["decoupled"], folder, *wanted, "-o", page]
    assert main(list(map(str, arguments))) == 0
    printed = capsys.readouterr()
    told = page.read_text()
    for node, text, label in zip(ids, texts, toy.target[:2], strict=True):
        assert f"{node}  {label}" in printed.out
        assert f"at {node}" in told
        assert any(word in told for word in text.split())
    words = {word for text in toy.graph.texts for word in text.split()}
    assert not words & set((printed.out + printed.err).split())


def test_numbers_that_are_ids_are_found(models, run, tmp_path):
    folder = tmp_path / "numbers"
    folder.mkdir()
    rows = ["node,text", "7,violin chord", "8,orbit comet", "-9,oven soup"]
    (folder / "nodes.csv").write_text("\n".join(rows))
    page = tmp_path / "why.html"
    model = models["decoupled"]
    status, told, _ = run("explain", model, folder, "--node", "-9", "-o", page)
    assert (status, list(told["labels"])) == (0, ["-9"])
    status, told, _ = run("explain", model, folder, "--node=7", "-o", page)
    assert status == 0
    assert told["labels"] == {"7": "music"}


@pytest.mark.parametrize(
    ("more", "match"),
    [
        (["--node", "nobody"], "no document"),
        (["--node", "n1"] * 26, "at most 25"),
        (["--node", "n1", "--answers", "none.jsonl"], "no file"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_written(
    folder, models, run, tmp_path, more, match
):
    page = tmp_path / "why.html"
    status, told, _ = run("explain", models["mlp"], folder, *more, "-o", page)
    assert status == 2
    assert match in told["error"]
    assert not page.exists()


def test_no_input_is_replaced(folder, models, run, toy):
    model, answers = models["mlp"], folder / "answers.jsonl"
    write_answers(answers, toy.records)
    for asks in (["report", folder], ["explain", model, folder, "--node", "n1"]):
        status, told, _ = run(*asks, "-o", answers)
        assert (status, "give a name in .html" in told["error"]) == (2, True)
    link = folder / "link.html"
    link.symlink_to(model)
    before = model.read_bytes()
    status, told, _ = run("report", folder, "--trained", model, "-o", link)
    assert status == 2
    assert "would be replaced" in told["error"]
    assert model.read_bytes() == before
