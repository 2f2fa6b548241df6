import pickle

import pytest
from sklearn.base import clone

from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm import Question, RecordedAnswers
from sklearn_tagkd.rationales import Abstention


def question(node):
    return Question(node, "some text", (), (), {})


def test_it_replays_and_abstains(toy):
    client = RecordedAnswers(toy.answers)
    known = toy.records[0]
    found, missing = client.ask([question(known.node), question("stranger")])
    assert found == known
    assert missing == Abstention("stranger", "not_recorded")
    assert client.classes == ["cooking", "music", "space"]
    assert set(client.answerable_nodes) == {record.node for record in toy.records}


def test_clones_share_it_and_pickles_hold_a_path_alone(toy):
    client = RecordedAnswers(toy.answers)
    assert client.classes  # read
    assert clone(client, safe=False) is client
    blob = pickle.dumps(client)
    assert toy.records[0].keywords[0].encode() not in blob
    assert pickle.loads(blob).classes == client.classes
    assert repr(client) == "RecordedAnswers('answers.jsonl')"


def test_a_missing_file_is_an_error_at_once(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file of recorded answers"):
        RecordedAnswers(tmp_path / "nothing.jsonl")


def test_broken_lines_are_warned_of(tmp_path, toy):
    path = tmp_path / "answers.jsonl"
    path.write_text("{broken\n" + toy.answers.read_text())
    client = RecordedAnswers(path)
    with pytest.warns(RationaleWarning, match="1 lines .* the first is line 1"):
        assert len(client.answerable_nodes) == 30
    assert list(client.malformed) == [1]


def test_a_question_keeps_texts_to_itself():
    asked = Question("a", "the secret", ("b",), ("a secret too",), {})
    assert "secret" not in repr(asked)
