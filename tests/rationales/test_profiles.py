"""Class profiles: records, files, and what of them the checks let through."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_tagkd import TextGraph
from sklearn_tagkd.exceptions import AnswerFormatError, RationaleWarning
from sklearn_tagkd.rationales import (
    ClassProfile,
    Rationale,
    check_profiles,
    check_rationales,
    read_profiles,
    write_profiles,
)
from tests.conftest import SHARED_DATA

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
profiles = st.builds(
    ClassProfile, texts, texts, st.lists(texts).map(tuple), st.lists(texts).map(tuple)
)


@given(st.lists(profiles))
def test_write_then_read_gives_the_same_profiles(tmp_path_factory, some):
    path = tmp_path_factory.mktemp("profiles") / "class_profiles.jsonl"
    write_profiles(some, path)
    assert read_profiles(path) == some


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)
    ),
)
almost = st.fixed_dictionaries(
    {"class": json_values},
    optional=dict.fromkeys(("description", "keywords", "documents"), json_values),
)


@given(st.one_of(json_values, almost))
def test_any_json_is_a_profile_or_a_value_error(entry):
    try:
        profile = ClassProfile.from_json(entry)
    except ValueError:
        return
    assert ClassProfile.from_json(json.loads(json.dumps(profile.to_json()))) == profile
    check_profiles([profile], ["a", profile.name])


def test_a_broken_line_costs_that_line_alone(tmp_path):
    path = tmp_path / "class_profiles.jsonl"
    path.write_text('{"class": "a"}\n\n{"class": "b", \n{"class": true}\n[[[[')
    with pytest.warns(RationaleWarning, match=r"3 lines .* line 3 is wrong: not JSON"):
        assert read_profiles(path) == [ClassProfile("a")]


def test_a_file_without_a_profile_is_an_error(tmp_path):
    path = tmp_path / "class_profiles.jsonl"
    path.write_text('{"documents": ["secret"]}\n')
    with pytest.raises(AnswerFormatError, match="no class profile") as caught:
        read_profiles(path)
    assert "secret" not in str(caught.value)


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "class_profiles.jsonl"
    lines = '{"class": "a"}\n{"class": "Löwe"}\n'
    path.write_bytes(lines.encode("cp1252"))
    with pytest.raises(AnswerFormatError, match=r"Line 2 .* not UTF-8 .*Save the file"):
        read_profiles(path)
    path.write_bytes(lines.encode("utf-8-sig"))
    assert [profile.name for profile in read_profiles(path)] == ["a", "Löwe"]


def test_lone_surrogates_are_replaced(tmp_path):
    path = tmp_path / "class_profiles.jsonl"
    path.write_text('{"class": "a\\ud800", "documents": ["x \\udfff y"]}\n')
    (profile,) = read_profiles(path)
    assert profile == ClassProfile("a?", documents=("x ? y",))
    write_profiles([profile], path)
    assert read_profiles(path) == [profile]


def test_texts_are_not_in_the_repr():
    profile = ClassProfile("a", "secret", ["secret"], ["secret"])
    table = check_profiles([profile], ["a", "b"])
    assert "secret" not in repr(profile) + repr(table)


@pytest.mark.parametrize(
    "parts",
    [
        {"documents": "one text"},
        {"keywords": [1]},
        {"documents": None},
        {"description": 3},
        {"name": True},
        {"name": 1.5},
    ],
)
def test_a_profile_of_the_wrong_type_is_refused(parts):
    with pytest.raises(TypeError, match="ClassProfile"):
        ClassProfile(**{"name": "a", **parts})


def test_what_the_checks_drop_is_counted():
    told = [
        ClassProfile("nobody"),
        ClassProfile("a", "first"),
        ClassProfile(
            "a",
            "d" * 2_001,
            ["x", " X ", "", "k" * 201, *(f"key {i}" for i in range(200))],
            ["mine", "Mine  ", "shared text", "\n", "x" * 20_001],
        ),
        ClassProfile("b", documents=["Shared  text", *map(str, range(201))]),
        ClassProfile("c", "", [" "], []),
    ]
    table = check_profiles(told, ["c", "b", "a"])
    assert table.report == {
        "ambiguous_document": 2,
        "empty_document": 1,
        "empty_keyword": 2,
        "empty_profile": 1,
        "long_description": 1,
        "long_document": 1,
        "long_keyword": 1,
        "repeated_class": 1,
        "repeated_document": 1,
        "repeated_keyword": 1,
        "surplus_document": 2,
        "surplus_keyword": 1,
        "unknown_class": 1,
    }
    assert table.classes.tolist() == ["a", "b", "c"]
    assert len(table) == 2
    assert table.documents[0] == ["mine"]
    assert len(table.documents[1]) == 199


def test_integer_classes_are_named_by_their_digits():
    told = [ClassProfile(1, "one"), ClassProfile("0", documents=["zero"])]
    table = check_profiles(told, [0, 1])
    assert [record.name for record in table.to_records()] == ["0", "1"]
    other = table.relabelled(np.array(["u", "v"]))
    assert [record.name for record in other.to_records()] == ["u", "v"]


def test_lessons_are_documents_and_keywords_or_else_the_description():
    told = [
        ClassProfile("a", "not needed", ["k1", "k2"], ["d1", "d2"]),
        ClassProfile("b", "all there is"),
        ClassProfile("c", "not needed", [], ["d3"]),
    ]
    texts, codes, weights = check_profiles(told, ["a", "b", "c", "d"]).lessons()
    assert texts == ["d1", "d2", "d3", "k1, k2", "all there is"]
    assert codes.tolist() == [0, 0, 2, 0, 1]
    assert weights.tolist() == [1, 1, 1, 3, 3]
    assert check_profiles([], ["a"]).lessons()[0] == []


@pytest.mark.parametrize("name", ["cora", "docs", "wikispeedia", "arxiv2023_titles"])
def test_real_profiles_pass_the_checks(name):
    path = SHARED_DATA / name / "class_profiles.jsonl"
    if not path.is_file():
        pytest.skip("the research data are not here")
    told = read_profiles(path)
    table = check_profiles(told, [profile.name for profile in told])
    assert table.report == {}
    assert table.to_records() == sorted(told, key=lambda profile: profile.name)


COMPOSED, IN_PARTS = "Caf\u00e9", "Cafe\u0301"  # the same to whoever reads them


@pytest.mark.parametrize(
    ("label", "told"), [(COMPOSED, IN_PARTS), (IN_PARTS, COMPOSED)]
)
def test_a_name_is_found_however_its_letters_are_composed(label, told):
    table = check_profiles([ClassProfile(told, "coffee")], [label, "bar"])
    assert table.report == {}
    assert table.to_records()[0].name == label
    graph = TextGraph(["a text"], [])
    answered = check_rationales([Rationale(0, {told: 1.0})], graph, [label, "bar"])
    assert answered.report == {}
    assert answered.classes[answered.probabilities[0].argmax()] == label


def test_names_that_differ_in_how_they_are_composed_alone_stay_two():
    told = [ClassProfile(COMPOSED, "one"), ClassProfile(IN_PARTS, "two")]
    table = check_profiles(told, [COMPOSED, IN_PARTS])
    assert [record.description for record in table.to_records()] == (
        ["two", "one"] if IN_PARTS < COMPOSED else ["one", "two"]
    )
