"""Reports tell what is so, hold no markup of others, and are not too long."""

import json
import pickle
from html.parser import HTMLParser

import numpy as np
import pytest

from sklearn_tagkd import (
    GraphReport,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
    load,
    report,
    save,
)
from sklearn_tagkd.baselines import MLPClassifier
from sklearn_tagkd.llm import CallableClient, RecordedAnswers
from sklearn_tagkd.reporting.before.sample import draw_sample
from sklearn_tagkd.reporting.document import Document, Note, Section, Table
from sklearn_tagkd.reporting.writing.as_dict import write_dict
from sklearn_tagkd.reporting.writing.as_html import write_html
from sklearn_tagkd.reporting.writing.as_markdown import write_markdown
from tests.conftest import fast
from tests.reporting.conftest import RUNS


class Tags(HTMLParser):
    """What a browser would take for markup."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.open = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attributes]
        if tag not in ("meta", "input", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def nobody(messages):
    raise AssertionError("a report asks nobody")


def sections(found):
    return found.to_dict()["sections"]


@pytest.fixture(scope="module")
def both(evil, evil_report):
    graph, target, _ = evil
    return [GraphReport(graph, target), evil_report]


def test_no_text_is_markup_and_nothing_is_loaded(both):
    for found in both:
        page = found.to_html()
        seen = Tags(page)
        assert seen.open == []
        assert seen.tags.count("script") == 1
        assert seen.tags.count("h1") == 1
        assert "img" not in seen.tags
        assert not [a for a in seen.attributes if a[1].startswith("on")]
        refers = [a for a in seen.attributes if a[1] in ("src", "href", "action")]
        assert all(value.startswith("#") for _, _, value in refers)
        assert "&lt;script&gt;window.ran" in page
        assert "http://" not in page
        assert "https://" not in page


def test_every_link_of_a_page_leads_somewhere_and_every_name_is_there_once(both):
    for found in both:
        seen = Tags(found.to_html())
        names = [value for _, key, value in seen.attributes if key == "id"]
        assert len(names) == len(set(names))
        for _, key, value in seen.attributes:
            if key in ("href", "for", "aria-labelledby"):
                assert value.removeprefix("#") in names


def test_markdown_holds_no_markup_of_others(both):
    for found in both:
        page = found.to_markdown()
        outside = [li for li in page.splitlines() if not li.startswith("    ")]
        assert not any("<" in line.replace("&lt;", "") for line in outside)
        assert "](javascript" not in "\n".join(outside).replace("\\](", "")
        for line in outside:
            if line.startswith("|"):  # a bar in a class makes no column
                assert line.replace("\\|", "").count("|") >= 2


def test_all_of_it_is_json(both):
    for found in both:
        told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert told == found.to_dict()
        assert (
            list(told["sections"])
            == [part for part in repr(found).split("'") if part.isalpha()][
                : len(told["sections"])
            ]
        )


def test_neither_repr_nor_pickle_holds_a_text(both):
    for found in both:
        assert RUNS not in repr(found)
        with pytest.raises(TypeError, match="save"):
            pickle.dumps(found)
        assert f'srcdoc="{"&lt;!DOCTYPE"}' in found._repr_html_()


def test_what_a_graph_is_like_is_counted():
    texts = ["a b c", "a b c", "", "d e", " ", "a b c", "f"]
    edges = [(0, 1), (1, 3), (3, 5), (5, 5), (1, 0)]
    graph = TextGraph(texts, edges)
    told = sections(GraphReport(graph, ["x", "x", "", "y", "", "x", ""]))
    facts = told["texts"]["facts"]
    assert (facts["texts"], facts["empty"], facts["repeated"]) == (7, 2, 2)
    assert (facts["words, least"], facts["words, most"]) == (1, 3)
    assert told["texts"]["tables"]["Texts that repeat"] == [
        {"text": "a b c", "nodes": 3}
    ]
    facts = told["links"]["facts"]
    assert facts["links of the whole graph"] == 3
    assert facts["nodes without a link"] == 3
    assert facts["components"] == 4
    assert facts["nodes in the largest component"] == 4
    assert facts["links to itself, left out"] == 1
    facts = told["labels"]["facts"]
    assert (facts["labelled nodes"], facts["classes"]) == (4, 2)
    assert facts["linked nodes of one class"] == pytest.approx(1 / 3)


def test_directed_links_count_at_both_ends():
    graph = TextGraph(["a", "b", "c"], [(0, 1), (2, 1)], directed=True)
    told = sections(GraphReport(graph))["links"]
    assert told["facts"]["links a node, most"] == 2
    assert told["facts"]["nodes without a link"] == 0


def test_linked_texts_are_more_alike_in_a_graph_where_they_are(toy):
    facts = sections(GraphReport(toy.graph))["alike"]["facts"]
    assert facts["linked texts are more alike than another pair"] > 0.6
    assert facts["links compared"] == toy.graph.n_links


@pytest.mark.parametrize(
    "graph",
    [
        TextGraph(["a"], []),
        TextGraph(["", ""], [(0, 1)]),
        TextGraph(None, [(0, 1)], features=np.eye(2)),
        TextGraph(["a", "b"], [("\ud800", "y")], ["\ud800", "y"]),
        TextGraph(["a", "b", "c"], [(0, 1)])[[2, 2, 0]],
        TextGraph(["a"] * 12, [(0, 1)]),
        TextGraph([""] * 12, [(0, 1)]),
    ],
)
def test_graphs_at_the_edge_are_reported_too(graph):
    found = GraphReport(graph)
    assert found.to_html().encode()
    assert json.dumps(found.to_dict(), allow_nan=False)
    assert found.to_markdown()


def test_a_step_says_what_it_would_ask_and_sends_nothing(toy):
    client = CallableClient(nobody, price=(1.0, 2.0))
    step = LLMRationaleTransformer(client, max_nodes=7, selection="random")
    told = sections(GraphReport(toy.graph, toy.target, step=step))["asking"]
    plan = step.plan(toy.graph, toy.target)
    assert told["facts"]["nodes and classes to ask about"] == plan.n_questions
    assert told["facts"]["US dollars, about"] == plan.cost
    (question,) = told["quotes"].values()
    assert toy.graph.texts[0].split()[0] in question or "cooking" in question


def test_without_a_step_prices_of_known_models_are_told(toy):
    told = sections(GraphReport(toy.graph, toy.target))["asking"]
    (rows,) = told["tables"].values()
    assert rows[0]["nodes"] == 50
    assert rows[0]["gpt-4o, US dollars"] > rows[0]["gpt-4o-mini, US dollars"] > 0
    made_up = sections(GraphReport(toy.graph))["asking"]
    assert "made-up" in made_up["notes"][0]


def test_a_client_that_asks_nobody_has_no_plan(toy):
    step = LLMRationaleTransformer(RecordedAnswers(toy.answers))
    told = sections(GraphReport(toy.graph, step=step))["asking"]
    assert "no plan" in told["notes"][0]


def test_a_large_graph_is_sampled_and_the_report_says_so(toy):
    sample = draw_sample(toy.graph, 10)
    assert len(sample.rows) == len(set(sample.rows.tolist())) == 10
    assert "10 of 60" in sample.note
    assert draw_sample(toy.graph, 60).note == ""


def test_files_stay_small_whatever_the_texts():
    texts = ["word " * 40_000 + str(number) for number in range(30)]
    found = GraphReport(TextGraph(texts, [(0, 1)]), max_rows=10)
    assert len(found.to_html()) < 60_000


def test_a_model_is_reported_as_it_is(toy, evil, evil_model, evil_report):
    graph, target, _ = evil
    told = sections(evil_report)
    step = evil_model[0]
    assert told["asked"]["facts"]["nodes asked about"] == step.n_asked_
    right, low, high = step.teacher_audit_.right
    facts = told["teacher"]["facts"]
    assert facts["the teacher is right, estimated share"] == right
    assert (facts["at least"], facts["at most"]) == (low, high)
    rest = np.setdiff1d(np.arange(len(graph)), step.answered_rows_)
    score = evil_model.score(graph[rest], target[rest])
    assert told["calibration"]["facts"]["accuracy"] == pytest.approx(score)
    assert told["calibration"]["facts"]["nodes with a true label"] == len(rest)
    assert told["issues"]["facts"]["answers and labels judged"] == len(graph)
    assert len(told["explanations"]["tables"]) == 1 + 3
    assert len(told["explanations"]["tables"]["Explained nodes"]) == 3
    assert "left aside" in told["next"]["notes"][0]  # or there were nobody to ask
    some = target.copy()
    some[:20] = ""
    asked = sections(report(evil_model, graph, some, path=None, pictures=False))["next"]
    for section in (asked, told["next"]):
        (rows,) = section["tables"].values()
        assert rows
    assert told["drift"]["notes"][0].startswith("Verdict: ")
    (drift,) = told["drift"]["tables"].values()
    assert drift[0]["answers"] == 30


def test_chosen_nodes_are_explained(toy, evil, evil_model):
    graph = evil[0]
    wanted = graph.node_ids[[5, 3]]
    told = sections(report(evil_model, graph, path=None, nodes=wanted, pictures=False))
    _, *captions = told["explanations"]["tables"]
    assert [wanted[n] in caption for n, caption in enumerate(captions)] == [True, True]
    with pytest.raises(ValueError, match="not in the graph"):
        report(evil_model, graph, path=None, nodes=["nobody"])


@pytest.mark.parametrize("kind", ["loaded", "baseline", "alone", "view"])
def test_models_of_every_kind_are_reported(toy, evil, evil_model, tmp_path, kind):
    graph, y = evil[0], evil[1]
    if kind == "loaded":
        save(evil_model, tmp_path / "model.safetensors")
        model = load(tmp_path / "model.safetensors")
    elif kind == "baseline":
        model = MLPClassifier(**fast()).fit(graph, y)
    elif kind == "alone":
        model = InterpreterGNNClassifier(**fast()).fit(graph, y)
    else:
        model, graph, y = evil_model, graph[[4, 9, 2]], y[[4, 9, 2]]
    found = report(model, graph, y, path=None)
    assert len(sections(found)) == 9
    assert Tags(found.to_html()).open == []
    if kind == "loaded":
        assert "No answer" in sections(found)["asked"]["notes"][0]


def test_names_of_files_tell_what_is_written(evil_report, evil, evil_model, tmp_path):
    assert evil_report.save(tmp_path / "a.html").read_text().startswith("<!DOCTYPE")
    assert evil_report.save(tmp_path / "a.md").read_text().startswith("# A model")
    assert json.loads(evil_report.save(tmp_path / "a.json").read_text())["sections"]
    report(evil_model, evil[0], path=tmp_path / "b.html", pictures=False)
    assert (tmp_path / "b.html").stat().st_size > 10_000
    with pytest.raises(FileNotFoundError, match="make it first"):
        report(None, evil[0], path=tmp_path / "none" / "c.html")
    with pytest.raises(IsADirectoryError, match="name of a file"):
        evil_report.save(tmp_path)


def test_what_is_no_graph_is_refused(toy):
    for bad in ([[1.0]], None, "a"):
        with pytest.raises(TypeError, match="TextGraph"):
            GraphReport(bad)
    with pytest.raises(ValueError, match="max_rows"):
        GraphReport(toy.graph, max_rows=0)
    with pytest.raises(ValueError, match="no node"):
        GraphReport(toy.graph[[]])
    with pytest.raises(TypeError, match="step that asks"):
        GraphReport(toy.graph, step="ask")
    with pytest.raises(ValueError, match="60"):
        report(InterpreterGNNClassifier(), toy.graph, toy.target[:5], path=None)
    with pytest.raises(TypeError, match="fitted interpreter"):
        report("a model", toy.graph, path=None)


def test_ids_that_were_cut_keep_their_tables():
    tables = [Table.of("x" * 300 + end, ("a",), [(end,)], 9) for end in "pq"]
    document = Document("T", "L", [Section("s", "S", tables)])
    told = write_dict(document)["sections"]["s"]["tables"]
    assert [rows[0]["a"] for rows in told.values()] == ["p", "q"]


@pytest.mark.parametrize("rows", [[0], [0, 0], [59]])
def test_one_node_is_enough_for_a_report(evil, evil_model, rows):
    graph, y = evil[0][rows], evil[1][rows]
    assert len(sections(report(evil_model, graph, y, path=None))) == 9


def test_numbers_are_classes_too(toy):
    y = np.unique(toy.target, return_inverse=True)[1] + 1
    model = InterpreterGNNClassifier(**fast()).fit(toy.graph, y)
    told = sections(report(model, toy.graph, y, path=None, pictures=False))
    assert {row["class"] for row in told["model"]["tables"]["Predicted classes"]} == {
        1,
        2,
        3,
    }
    assert told["calibration"]["facts"]["accuracy"] > 0.8


def test_writers_escape_what_they_are_given():
    blocks = [
        Note("# no heading"),
        Table.of(
            "<t>", ("a|b", "<c>"), [("|\n|", None), ("x\x1b[31m", float("nan"))], 9
        ),
    ]
    document = Document("<T>", "- no list", [Section("s", "1. <S>", blocks)])
    page, text = write_html(document), write_markdown(document)
    assert "<T>" not in page
    assert "\x1b" not in page + text
    assert "\\# no heading" in text
    assert "\\- no list" in text
    assert "a\\|b" in text
    assert "<c>" not in text + page
