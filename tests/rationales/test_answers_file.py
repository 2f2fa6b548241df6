"""Files of answers as other programs write them."""

import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_tagkd import LLMRationaleTransformer, TextGraph
from sklearn_tagkd.exceptions import AnswerFormatError, RationaleWarning
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.rationales import Rationale, read_answers, write_answers
from sklearn_tagkd.utils.json_lines import read_json_lines


def line(node, label, **further):
    entry = {"node": node, "probabilities": {label: 1.0}, **further}
    return json.dumps(entry, ensure_ascii=False)


LINES = [line(0, "santé"), line(1, "économie"), line(2, "santé")]
GRAPH = TextGraph(["a", "b", "c"], [(0, 1)])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "answers.jsonl"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_line_ends_and_a_byte_order_mark(path, encoding, end):
    path.write_bytes(end.join(LINES).encode(encoding))
    answers, malformed = read_answers(path)
    assert [answer.node for answer in answers] == [0, 1, 2]
    assert malformed == {}
    assert RecordedAnswers(path).classes == ["santé", "économie"]


def test_files_with_a_byte_order_mark_that_were_joined(path):
    path.write_bytes(b"".join(f"{each}\n".encode("utf-8-sig") for each in LINES))
    answers, malformed = read_answers(path)
    assert [answer.node for answer in answers] == [0, 1, 2]
    assert malformed == {}


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16"])
def test_another_encoding_is_refused_by_line(path, encoding):
    path.write_bytes("\n".join(LINES).encode(encoding))
    with pytest.raises(AnswerFormatError, match=r"line 1 is not UTF-8 \(byte 0x"):
        read_answers(path)


def test_one_line_of_another_encoding_is_enough(path):
    path.write_bytes("\n".join([line(0, "x"), line(1, "y"), LINES[2]]).encode("cp1252"))
    with pytest.raises(
        AnswerFormatError, match=r"Line 3 of answers.jsonl.*0xe9.*cp1252"
    ):
        LLMRationaleTransformer(RecordedAnswers(path)).fit(GRAPH)


def test_a_file_cut_off_within_a_letter_loses_that_line_alone(path):
    whole = ("\n".join([line(0, "x"), line(1, "y"), line(2, "é")])).encode()
    path.write_bytes(whole[: whole.index("é".encode()) + 1])
    answers, malformed = read_answers(path)
    assert len(answers) == 2
    assert malformed == {3: "cut off within a letter"}


def test_what_stands_there_twice_is_counted(path):
    twice = '{"node": 1, "probabilities": {"x": 0.9, "y": 0.1, "x": 0.2, "y": 0.8}}'
    lines = [line(0, "x"), line(0, "y"), twice, line(2, "x"), "{", line(2, "y")]
    path.write_text("\n".join(lines))
    teacher = RecordedAnswers(path)
    with pytest.warns(RationaleWarning, match="line 5: not JSON"):
        step = LLMRationaleTransformer(teacher).fit(GRAPH)
    assert step.report_ == {
        "repeated_answer": 2,
        "repeated_field": 2,
        "malformed_line": 1,
    }
    assert teacher.report == step.report_
    table = (
        LLMRationaleTransformer(teacher).fit_transform(GRAPH).annotations["rationales"]
    )
    assert table.classes[table.probabilities.argmax(axis=1)].tolist() == ["y"] * 3


@pytest.mark.parametrize("content", ["", "\n\n  \n", "\ufeff"])
def test_an_empty_file_is_told(path, content):
    path.write_text(content, encoding="utf-8")
    assert read_answers(path) == ([], {})
    with pytest.raises(AnswerFormatError, match="holds no answer: it is empty"):
        LLMRationaleTransformer(RecordedAnswers(path)).fit(GRAPH)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ([Rationale(0, {"x": 1.0})], "a.jsonl"),
            r"path is a list.*write_answers\(path, ",
        ),
        (("a.jsonl", [{"node": 0}]), r"answers\[0\] is a dict, not a Rationale"),
        (("a.jsonl", "answers"), r"answers\[0\] is a str"),
        ((None, []), "path is a NoneType"),
    ],
)
def test_arguments_that_changed_places(tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TypeError, match=says):
        write_answers(*arguments)
    assert list(tmp_path.iterdir()) == []


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_told(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("lines") / "any.jsonl"
    path.write_bytes(content)
    for found in read_json_lines(path):
        assert bool(found.problem) <= (found.entry is None)
    with suppress(AnswerFormatError):
        read_answers(path)


def test_a_number_without_end_costs_that_line_alone(path):
    path.write_text(f'{line(0, "x")}\n{{"node": 1{"0" * 5000}}}\n')
    answers, malformed = read_answers(path)
    assert len(answers) == 1
    assert malformed == {2: "not JSON (a number of too many digits)"}
    write_answers(path, [Rationale(np.int64(1), {"x": 1.0})])
