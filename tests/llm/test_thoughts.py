"""Thoughts, drafts, examples and answers: which of them counts."""

import json
import unicodedata
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_tagkd import TextGraph
from sklearn_tagkd.llm.reading.label_tokens import label_logprobs
from sklearn_tagkd.llm.reading.names import ClassNames, folded
from sklearn_tagkd.llm.reading.parse import Problem, parse_answer
from sklearn_tagkd.llm.wire.transport import TokenChoice
from sklearn_tagkd.rationales import Rationale, check_rationales
from tests.llm.helpers import examples

CLASSES = ["sport", "politics"]


def says(top, other=None, **changes):
    pairs = [{"class": top, "probability": 0.75}]
    pairs += [{"class": name, "probability": 0.25} for name in CLASSES if name != top]
    return json.dumps({"label": top, "probabilities": pairs, **changes})


DRAFT, FINAL = says("sport"), says("politics")
MARKS = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<THINK>", "</THINK>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("\u25c1think\u25b7", "\u25c1/think\u25b7"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel|>analysis<|message|>", "<|end|><|channel|>final<|message|>"),
    ("<|channel>thought", "<channel|>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<unused94>thought", "<unused95>"),
]


def label_of(content, **options):
    read = parse_answer(content, CLASSES, 2, **options)
    return read.reason if isinstance(read, Problem) else read.answer.label


@pytest.mark.parametrize(("opening", "closing"), MARKS)
def test_thoughts_are_no_answer(opening, closing):
    thoughts = f"Perhaps {DRAFT}? Or {{that}}, $\\frac{{1}}{{2}}$."
    for begin in (opening, "", f"\n{opening}\n"):
        for end in (closing, f"{closing}\n\n```json\n", f" {closing} So:\n"):
            assert label_of(f"{begin}{thoughts}{end}{FINAL}") == "politics"
            assert label_of(f"{begin}{thoughts}{end}") == "not_json"
    # Two thoughts, of which the second has no end.
    once = f"{opening}hm{closing}{FINAL}"
    assert label_of(f"{once}\n{opening}or {DRAFT}") == "politics"
    assert label_of(f"{opening}{thoughts}") == "not_json"
    assert label_of(f"{opening}{thoughts}", is_cut_off=True) == "truncated"
    assert parse_answer(f"{opening}hm{closing}{FINAL}", CLASSES, 2).is_clean


def test_marks_in_a_text_are_no_thoughts():
    quoted = says("sport", keywords=["the </think> tag", "<think>", "[/THINK]"])
    assert label_of(quoted) == "sport"
    assert label_of(f"Sure:\n```json\n{quoted}\n```") == "sport"
    assert label_of(f"<think>{FINAL}</think>Sure: {quoted}") == "sport"


def test_thoughts_without_marks_that_were_cut_off():
    assert label_of(f"First {DRAFT}, but then", is_cut_off=True) == "truncated"
    assert label_of(f"{DRAFT}\nI chose so, since", is_cut_off=True) == "sport"
    assert label_of(f"The answer is {DRAFT}", is_cut_off=True) == "sport"
    assert label_of(f"For example {DRAFT}. Mine: {FINAL[:-9]}", is_cut_off=True) == (
        "truncated"
    )


@pytest.mark.parametrize(
    ("content", "label"),
    [
        (f"For example {DRAFT}\nMy answer:\n{FINAL}", "politics"),
        (f"{DRAFT}\n{FINAL}", "politics"),
        (f"[{DRAFT}, {FINAL}]", "politics"),
        (f"{FINAL} of the form " + '{"label": "...", "probabilities": []}', "politics"),
        (f'{FINAL} {{"note": "checked"}}', "politics"),
        (f'{FINAL} {{"label": "sport"}}', "politics"),  # without probabilities
        (f'{{"type": "object", "properties": {DRAFT}}}'[:-60] + FINAL, "politics"),
        (f'{{"label": "sport", "probabilities": [ ... ]\n{FINAL}', "politics"),
        (f'{{"answer": {FINAL}}}', "politics"),
        (json.dumps(FINAL), "politics"),
        (f"Let f = {{x | x > 0}}. {FINAL}", "politics"),
    ],
)
def test_the_last_object_that_can_be_used_counts(content, label):
    assert label_of(content) == label


@pytest.mark.parametrize(
    "mark",
    [
        "<|im_end|>\n<|im_start|>user\n",
        "<|eot_id|><|start_header_id|>user<|end_header_id|>",
        "<|endoftext|>",
        "<|END_OF_TURN_TOKEN|>",
        "</s> [INST] ",
        "[INST] ",
        "<end_of_turn>\n",
        "<\uff5cend\u2581of\u2581sentence\uff5c>",
    ],
)
def test_what_a_model_makes_up_behind_its_turn_is_no_answer(mark):
    assert label_of(f"{FINAL}{mark}{DRAFT}") == "politics"
    assert label_of(f"<think>{DRAFT}</think>{FINAL}{mark}{DRAFT}") == "politics"
    quoting = FINAL.replace('"label"', f'"explanation": "a{mark.strip()}b", "label"')
    assert label_of(quoting + DRAFT) == "sport"  # within an object it is a text's


_PROSE = st.text(st.characters(exclude_characters='{}[]"<>|\u25c1\u25b7')).filter(
    lambda text: "```" not in text
)


@settings(max_examples=examples(200), deadline=None)
@given(
    before=_PROSE,
    between=_PROSE,
    after=_PROSE,
    marks=st.sampled_from([*MARKS, ("", "")]),
    drafts=st.lists(st.sampled_from([DRAFT, DRAFT[:-7] + "\n", '{"a": [', "{x}"])),
)
def test_whatever_stands_around(before, between, after, marks, drafts):
    opening, closing = marks
    thoughts = between.join([before, *drafts, ""])
    if not closing and any(not draft.endswith("}") for draft in drafts):
        return  # an object without end may swallow what follows
    assert label_of(f"{opening}{thoughts}{closing}{after}{FINAL}{after}") == "politics"


@pytest.mark.parametrize("label", [*CLASSES, "other"])
@pytest.mark.parametrize("extra", [{}, {"probabilities": []}, {"probabilities": None}])
def test_a_label_is_a_vote(label, extra):
    content = json.dumps({"label": label, **extra})
    expected = label if label in CLASSES else "invalid_label"
    assert label_of(content, takes_label=True) == expected
    assert label_of(content) == "not_a_distribution"
    assert label_of(says("sport", label=label), takes_label=True) == expected


def test_a_vote_without_a_label():
    pairs = {"sport": 0.5, "politics": 0.5}
    assert label_of(json.dumps({"probabilities": pairs}), takes_label=True) == (
        "not_json"
    )
    pairs = {"sport": 0.2, "politics": 0.8}
    content = json.dumps({"probabilities": pairs})
    assert label_of(content, takes_label=True) == "politics"


def test_contradictions():
    def contradicts(**fields):
        return parse_answer(json.dumps(fields), CLASSES, 0).contradicts_itself

    even = {"sport": 0.5, "politics": 0.5}
    assert not contradicts(label="politics", probabilities=even)
    assert not contradicts(probabilities={"sport": 1})
    assert contradicts(label="politics", probabilities={"sport": 1})
    assert contradicts(label="neither", probabilities={"sport": 1})


@pytest.mark.parametrize(
    ("total", "fits"), [(0.95, 1), (1.05, 1), (0.94, 0), (1.06, 0)]
)
@pytest.mark.parametrize("n_parts", [1, 2, 3, 7, 9])
def test_rounding_is_forgiven_up_to_its_ends(total, fits, n_parts):
    names = [f"c{i}" for i in range(n_parts)]
    shares = [round(total / n_parts, 3)] * (n_parts - 1)
    shares.append(round(total - sum(shares), 6))
    content = json.dumps({"probabilities": dict(zip(names, shares, strict=True))})
    read = parse_answer(content, names, 0)
    assert isinstance(read, Problem) != bool(fits)
    # The same margin where recorded answers are checked.
    recorded = Rationale("x", dict(zip(names, shares, strict=True)))
    graph = TextGraph(["a text"], [], node_ids=["x"])
    assert len(check_rationales([recorded], graph, names)) == fits


@pytest.mark.parametrize(
    ("classes", "said", "meant"),
    [
        (["E\u0301lan", "x"], "\u00c9lan", "E\u0301lan"),
        (["\u00c9lan", "x"], "E\u0301lan", "\u00c9lan"),
        (["Men\u2019s wear"], "men's wear", "Men\u2019s wear"),
        (["\u201cB\u201d side"], '"B" side', "\u201cB\u201d side"),
        (["2010\u20132020"], "2010-2020", "2010\u20132020"),
        (["Arts & Crafts"], "Arts &amp; Crafts", "Arts & Crafts"),
        (["C++", "C", "C#"], "c++", "C++"),
        (["A", "B"], "A-", None),
        (["A-", "A"], "a-", "A-"),
        (["1", "2"], "-1", None),
        (["1", "-1"], -1, "-1"),
        (["1", "10"], 10, "10"),
        (["1.0", "2.0"], 1, "1.0"),
        (["1.0", "2.0"], "1", "1.0"),
        (["1", "1.0"], 1, "1"),
        (["01", "1"], 1, "1"),
        (["True", "False"], True, "True"),
        (["0", "1"], True, None),
        (["0", "1"], 0.5, None),
        (["nan", "1"], float("nan"), None),
        (["1"], 10**400, None),
        (["Rule_Learning", "Rule Learning"], "rule learning", None),
        (["a"], None, None),
        (["a"], ["a"], None),
    ],
)
def test_which_class_is_meant(classes, said, meant):
    assert ClassNames(classes).find(said) == meant


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(st.text(min_size=1), min_size=1, unique=True), st.data())
def test_names_are_found_as_they_stand_and_never_confused(classes, data):
    names = ClassNames(classes)
    name = data.draw(st.sampled_from(classes))
    assert names.find(name) == name
    for form in ("NFC", "NFD"):
        found = names.find(unicodedata.normalize(form, name))
        assert found is None or folded(found) == folded(name) or found in classes
    assert names.find(data.draw(st.text())) in {None, *classes}


def tokens_of(*pieces):
    """Tokens, each a text or (text, {alternative: probability})."""
    found = []
    for piece in pieces:
        text, others = piece if isinstance(piece, tuple) else (piece, {})
        pairs = [(name, log(value)) for name, value in others.items()]
        found.append(TokenChoice(text, pairs))
    return found


def test_the_tokens_of_the_label_that_was_read():
    draft = ["<think>", '{"label": "', ("sport", {"sport": 0.9, "politics": 0.1}), '"}']
    final = ["</think>", '{"label": ', ('"pol', {'"pol': 0.7, '"sp': 0.3}), 'itics"}']
    tokens = tokens_of(*draft, *final)
    expected = pytest.approx({"politics": 0.7, "sport": 0.3})
    assert label_logprobs(tokens, CLASSES, "politics") == expected
    assert label_logprobs(tokens, CLASSES) == expected
    assert label_logprobs(tokens, CLASSES, "sport")["sport"] == pytest.approx(0.9)
    quoted = tokens_of('{"keywords": ["\\"label\\": \\"', ("sport", {"sport": 1.0}))
    assert label_logprobs(quoted, CLASSES) is None


@pytest.mark.parametrize(
    ("classes", "tokens", "expected"),
    [
        (["0", "1"], ['{"label":', (" 1", {" 1": 0.8, " 0": 0.2}), "}"], {"1": 0.8}),
        (
            ["1", "10"],
            ['{"label": ', ("1", {"1": 1.0}), ("0", {"0": 0.6, ",": 0.4}), "}"],
            {"10": 0.6},
        ),
        (
            ["True", "False"],
            ['{"label": ', ("true", {"true": 1.0}), "}"],
            {"True": 1.0},
        ),
        (
            ['6" pipe', "hose"],
            ['{"label": "', ("6", {"6": 0.9, "h": 0.1}), '\\" pipe"}'],
            {'6" pipe': 0.9},
        ),
        (
            ["Sport", "Politics"],
            ['{"label": "', ("sport", {"sport": 0.6, "Politics": 0.4}), '"}'],
            {"Sport": 0.6},
        ),
    ],
)
def test_labels_of_all_kinds_have_log_probabilities(classes, tokens, expected):
    found = label_logprobs(tokens_of(*tokens), classes)
    assert found is not None
    for name, value in expected.items():
        assert found[name] == pytest.approx(value)


def test_one_alternative_does_not_tell_how_sure_a_model_is():
    alone = tokens_of('{"label": "', ("sport", {"sport": 0.6}), '"}')
    assert label_logprobs(alone, CLASSES) is None
