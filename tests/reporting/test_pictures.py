"""Pictures of a report: inert, described, of the page's own colours, and small."""

import re
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot

from sklearn_tagkd import GraphReport, InterpreterGNNClassifier, TextGraph, report
from sklearn_tagkd.reporting.pictures import drawing
from sklearn_tagkd.reporting.pictures.drawing import draw
from sklearn_tagkd.reporting.pictures.inert_svg import INK, inert_svg
from sklearn_tagkd.reporting.sections import doubts
from tests.conftest import fast

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def pictures(found):
    sections = found.to_dict()["sections"].values()
    return {name: told for part in sections for name, told in part["pictures"].items()}


def drawings(found):
    return re.findall(r'<div role="img".*?</svg></div>', found.to_html(), re.DOTALL)


def test_a_drawing_keeps_what_is_seen_and_nothing_that_runs_or_loads():
    drawing = f"""<svg {SVG} width="100pt" height="50pt" viewBox="0 0 100 50"
        onload="run()"><script>run()</script><style>* {{ fill: red }}</style>
        <metadata>x</metadata><foreignObject><p>big</p></foreignObject>
        <a href="javascript:run()"><path d="M 0 0"/></a>
        <defs><path id="m1" d="M 1.23456 2" style="stroke: {INK}; cursor: url(x)"/>
        </defs>
        <g clip-path="url(#m1)"><use xlink:href="#m1" x="1" onclick="run()"/></g>
        <use href="http://elsewhere.example/x.svg#a"/>
        <image href="http://elsewhere.example/x.png" width="3"/>
        <image xlink:href="data:image/svg+xml;base64,PHN2Zz4=" width="3"/>
        <image xlink:href="data:image/png;base64,iVBO
Rw0=" width="3"/><text style="font: 10px 'DejaVu Sans'; fill: {INK}">a &lt;b&gt;</text>
        </svg>"""
    kept = inert_svg(drawing)
    for never in ("script", "style", "run()", "elsewhere", "svg+xml", "foreign", "red"):
        assert never not in kept
    root = ElementTree.fromstring(kept)
    path = root.find(".//path")
    assert path.get("stroke") == "currentColor"
    assert path.get("d") == "M 1.23 2"
    name = path.get("id")
    assert name.endswith("-m1")
    assert root.find(".//g").get("clip-path") == f"url(#{name})"
    assert root.find(".//use").get("href") == f"#{name}"
    links = [image.get("href") for image in root.iter("image")]
    assert links == [None, None, "data:image/png;base64,iVBORw0="]
    text = root.find(".//text")
    assert (text.text, text.get("font-size"), text.get("fill")) == (
        "a <b>",
        "10",
        "currentColor",
    )
    assert (root.get("height"), root.get("viewBox")) == (None, "0 0 100 50")


@given(st.text(max_size=30))
def test_any_name_can_be_drawn(name):
    written = f"<svg {SVG}><text>{name.translate({38: None, 60: None})}</text></svg>"
    assert ElementTree.fromstring(inert_svg(written)) is not None


@pytest.mark.parametrize("name", ["\uffff", "$x$ $", "_a", "<b>&", "\x1b[31m", "中文"])
def test_names_that_no_drawing_holds_are_drawn_too(name):
    graph = TextGraph([f"{i} words of {name}" for i in range(12)], [(0, 1)])
    before = GraphReport(graph, [name, "other"] * 6)
    assert "A map of the texts" in pictures(before)
    for one in drawings(before):
        ElementTree.fromstring(one)


def test_both_reports_have_pictures_and_say_what_is_in_them(evil, evil_report):
    graph, target, _ = evil
    before = GraphReport(graph, target)
    assert list(pictures(before)) == [
        "How long the texts are",
        "How many links nodes have",
        "A map of the texts",
    ]
    told = pictures(evil_report)
    assert {
        "How the model sees the nodes",
        "Training",
        "Who was asked",
        "What the teacher said, and the model says",
        "Right, beside sure",
    } <= told.keys()
    assert sum("among the nodes linked to it" in name for name in told) == 3
    for found in (before, evil_report):
        shown = drawings(found)
        assert len(shown) == len(pictures(found))
        for one in shown:
            label = ElementTree.fromstring(one).get("aria-label")
            assert label in pictures(found).values()
        markdown = found.to_markdown().replace("\\", "")
        assert all(name.split("<")[0] in markdown for name in pictures(found))


def test_no_name_is_markup_in_a_picture_and_every_reference_is_met(evil_report):
    page = evil_report.to_html()
    assert "&lt;script&gt;" in "".join(drawings(evil_report))
    names = re.findall(r'\bid="([^"]+)"', page)
    assert len(names) == len(set(names))
    for one in drawings(evil_report):
        for node in ElementTree.fromstring(one).iter():
            assert node.tag not in ("script", "style", "a")
            assert not [key for key in node.attrib if re.match("style|on", key)]
        own = set(re.findall(r'\bid="([^"]+)"', one))
        wanted = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', one)
        assert {a or b for a, b in wanted} <= own
    assert len(page) < 1_000_000


def test_without_matplotlib_a_sentence_takes_their_place(evil, evil_model, monkeypatch):
    graph, target, _ = evil
    monkeypatch.setattr(drawing, "is_installed", lambda name: False)
    for found in (
        GraphReport(graph, target),
        report(evil_model, graph, target, path=None),
    ):
        assert pictures(found) == {}
        assert "sklearn-tagkd[demo]" in found.to_html()
        assert "sklearn-tagkd\\[demo\\]" in found.to_markdown()


def test_whoever_wants_no_pictures_gets_none(evil, evil_model):
    graph, target, _ = evil
    for found in (
        GraphReport(graph, target, pictures=False),
        report(evil_model, graph, target, path=None, pictures=False),
    ):
        assert pictures(found) == {}
        assert "matplotlib" not in found.to_html()


def test_pictures_are_the_same_whatever_the_users_style_and_leave_it_alone(toy):
    first = GraphReport(toy.graph, toy.target).to_html()
    with pyplot.style.context("dark_background"), mpl.rc_context({"font.size": 30}):
        before = dict(mpl.rcParams)
        second = GraphReport(toy.graph, toy.target).to_html()
        assert dict(mpl.rcParams) == before
    assert first == second
    assert pyplot.get_fignums() == []


def test_what_is_ink_is_the_colour_of_the_page():
    shown = draw("a line", lambda ax: ax.plot([1, 2], color="red"), "up")
    assert 'fill="currentColor"' in shown.svg
    assert INK not in shown.svg
    assert "#ff0000" in shown.svg


def test_a_map_of_many_classes_names_the_most_frequent_ones():
    texts = [f"text {i} about {'cats' if i % 2 else 'dogs'}" for i in range(120)]
    labels = [f"class {i % 60:02d}" for i in range(119)] + [""]
    page = GraphReport(TextGraph(texts, [(0, 1)]), labels).to_html()
    assert page.count(">class ") >= 19
    assert "42 other classes" in page  # of 60 and those without a label


def test_few_nodes_and_nodes_without_links_have_no_map_and_no_network(toy):
    graph = TextGraph(["a goal", "a vote", "a late goal"], [(0, 1)])
    assert "A map of the texts" not in pictures(GraphReport(graph, ["s", "p", "s"]))
    alone = TextGraph(toy.graph.texts, [])
    model = InterpreterGNNClassifier(**fast()).fit(alone, toy.target)
    told = pictures(report(model, alone, path=None))
    assert "How the model sees the nodes" in told
    assert not [name for name in told if "linked" in name]


def test_of_many_labels_a_sample_is_judged_and_the_report_says_so(
    evil, evil_model, monkeypatch
):
    graph, target, _ = evil
    monkeypatch.setattr(doubts, "_MOST_JUDGED", 25)
    found = report(evil_model, graph, target, path=None, pictures=False)
    issues = found.to_dict()["sections"]["issues"]
    n_asked = len(evil_model[0].answered_rows_)
    assert 25 <= issues["facts"]["answers and labels judged"] <= 25 + n_asked
    assert issues["facts"]["answers and labels judged"] < len(graph)
    assert f"Of {len(graph)} labels a random sample of 25" in issues["notes"][0]


def test_who_learnt_from_no_answer_is_not_sent_for_a_table(toy):
    model = InterpreterGNNClassifier(**fast(), supervision="y")
    found = report(
        model.fit(toy.graph, toy.target), toy.graph, path=None, pictures=False
    )
    notes = " ".join(found.to_dict()["sections"]["explanations"]["notes"])
    assert "learnt from labels alone" in notes
    assert "annotated" not in notes


def test_columns_that_say_nothing_are_left_to_programs(toy):
    model = InterpreterGNNClassifier(**fast()).fit(toy.graph, toy.target)
    found = report(model, toy.graph, path=None, pictures=False, nodes=[0])
    (_, rows) = found.to_dict()["sections"]["explanations"]["tables"].values()
    assert all(row["the teacher said"] is None for row in rows)
    assert "the teacher said" not in found.to_html() + found.to_markdown()


def test_shares_stand_under_one_another():
    found = GraphReport(TextGraph(["a b"] * 3 + ["c"], []), pictures=False).to_html()
    shares = re.findall(r"</svg><span>([^<]*)</span>", found)
    assert {len(share) for share in shares} == {5}
    assert np.isclose(sum(map(float, shares)), 1)
