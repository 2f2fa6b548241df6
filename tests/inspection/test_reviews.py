"""Nodes to a person and back: nothing lost on the way, nothing believed."""

import csv
import json
import pickle
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_tagkd import TextGraph
from sklearn_tagkd.exceptions import ReviewFormatError
from sklearn_tagkd.inspection import export_review, import_review
from sklearn_tagkd.inspection.ranked import RankedNodes
from sklearn_tagkd.inspection.review.csv_file import restore, tame

CLASSES = np.array(["+plus", 'a & <b> "q"', "'quoted'", "plain\u2028täg"])
TEXTS = ['=HYPERLINK("http://x")', "zwei;\r\ndrei, vier", "\U0001f600 \tok", "", "five"]
IDS = ["a", "-b", "=c", "'d", "e,f"]


@pytest.fixture
def graph():
    return TextGraph(TEXTS, [("a", "-b"), ("a", "=c")], node_ids=IDS)


@pytest.fixture
def ranked(graph):
    at = np.array([2, 0, 3, 1])
    return RankedNodes(
        graph,
        graph.node_ids[at],
        at,
        CLASSES,
        CLASSES[[0, 1, 2, 3]],
        np.array([0.9, 0.5, 0.25, 0.0]),
        ["because =x", "\r\n@odd", "<script>", ""],
    )


def fill_csv(path, labels):
    """Fill in the column of labels, as a spreadsheet would."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    place = header.index("label")
    for row in rows:
        row[place] = labels.get(row[0], "")
    return header, rows


@given(st.text())
def test_a_cell_is_no_formula_and_comes_back(cell):
    tamed = tame(cell)
    assert restore(tamed) == cell
    assert not tamed.lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\uff20"))


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_no_text_begins_a_formula_where_semicolons_separate(tmp_path, delimiter):
    texts = ["x;=cmd()", 'y"; +1', "z\n=HYPERLINK()", "a\n\n'=1\t@b", "ok; fine"]
    graph = TextGraph(texts, [(i, i + 1) for i in range(4)])
    path = export_review(tmp_path / "r.csv", graph)
    text = path.read_text("utf-8-sig")
    with path.open(encoding="utf-8-sig", newline="") as file:
        as_there = list(csv.reader(file, delimiter=delimiter))
    assert len(as_there) > len(texts)  # quotation marks did not hold
    for cell in (cell for row in as_there for cell in row):
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert "ok; fine" in text


@given(st.text(alphabet=";\t\n '=+-@a"))
def test_cells_of_marks_come_back(cell):
    assert restore(tame(cell)) == cell


def test_a_table_opens_without_formulas_and_comes_back(graph, ranked, tmp_path):
    path = export_review(tmp_path / "r.csv", ranked)
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    for row in rows:
        assert len(row) == len(header)
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row)
    texts = [restore(row[header.index("text")]) for row in rows]
    assert texts == [TEXTS[at] for at in ranked.positions]
    near = rows[1][header.index("neighbors")]
    assert "zwei; drei, vier" in near
    assert rows[0][header.index("score")] == "0.9000"
    assert import_review(path, graph).tolist() == [""] * 5


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_as_a_spreadsheet_saves_it(graph, ranked, tmp_path, delimiter):
    path = export_review(tmp_path / "r.csv", ranked)
    chosen = {"'=c": tame(CLASSES[0]), "a": CLASSES[1], "''d": tame(CLASSES[2])}
    header, rows = fill_csv(path, chosen)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows, []])
    y = import_review(path, graph, classes=CLASSES)
    assert y.tolist() == [CLASSES[1], "", CLASSES[0], CLASSES[2], ""]
    # Nothing that a person wrote is overwritten.
    with pytest.raises(FileExistsError, match="holds labels"):
        export_review(path, ranked)
    assert import_review(path, graph, classes=CLASSES).tolist() == y.tolist()


def test_an_untouched_export_is_replaced_and_something_else_is_not(ranked, tmp_path):
    path = export_review(tmp_path / "r.csv", ranked)
    assert export_review(path, ranked) == path
    other = tmp_path / "other.csv"
    other.write_text("precious")
    with pytest.raises(FileExistsError):
        export_review(other, ranked)
    assert other.read_text() == "precious"


def test_label_studio_gets_tasks_and_gives_labels(graph, ranked, tmp_path):
    path = export_review(tmp_path / "r.json", ranked, "label-studio")
    config = ElementTree.parse(tmp_path / "r.xml").getroot()
    choices = [choice.get("value") for choice in config.iter("Choice")]
    assert choices == CLASSES.tolist()
    names = {element.get("name") for element in config.iter() if element.get("name")}
    tasks = json.loads(path.read_text("utf-8"))
    shown = {e.get("value")[1:] for e in config.iter("Text")}
    for task in tasks:
        assert shown <= task["data"].keys()
        (prediction,) = task["predictions"]
        (result,) = prediction["result"]
        assert {result["from_name"], result["to_name"]} <= names
        assert result["type"] == "choices"
        assert result["value"]["choices"][0] in choices
    long = [dict(task, annotations=[annotate(CLASSES[3])]) for task in tasks]
    long[0]["annotations"] = [{"was_cancelled": True, "result": []}]
    long[1]["annotations"] *= 2  # two reviewers who agree
    path.write_text(json.dumps(long))
    expected = [CLASSES[3], CLASSES[3], "", CLASSES[3], ""]
    assert import_review(path, graph, classes=CLASSES).tolist() == expected
    short = [{**task["data"], "id": 1, "label": CLASSES[0]} for task in tasks[:2]]
    short.append(tasks[2]["data"])  # nobody looked at it
    path.write_text(json.dumps(short))
    assert import_review(path, graph).tolist() == [CLASSES[0], "", CLASSES[0], "", ""]


def annotate(label):
    result = {"from_name": "label", "to_name": "text", "type": "choices"}
    return {"result": [{**result, "value": {"choices": [label]}}]}


def test_argilla_gets_records_and_gives_labels(graph, ranked, tmp_path):
    path = export_review(tmp_path / "r.json", ranked, "argilla")
    settings = json.loads((tmp_path / "r.settings.json").read_text("utf-8"))
    (question,) = settings["questions"]
    options = [option["value"] for option in question["settings"]["options"]]
    assert options == CLASSES.tolist()
    fields = {field["name"] for field in settings["fields"]}
    records = json.loads(path.read_text("utf-8"))
    for record in records:
        assert record["fields"].keys() <= fields
        assert record["fields"]["text"]
        assert record["suggestions"]["label"]["value"] in options
    user = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
    for record, label in zip(records, options, strict=True):
        record["responses"] = {"label": [{"value": label, "user_id": user}]}
    records[1]["responses"]["label"][0]["status"] = "draft"
    path.write_text(json.dumps(records))
    y = import_review(path, graph, classes=CLASSES)
    assert y.tolist() == ["", CLASSES[3], CLASSES[0], CLASSES[2], ""]


def test_labels_join_those_that_there_were_and_keep_their_kind(tmp_path):
    graph = TextGraph(["x", "y", "z"], [])
    path = tmp_path / "r.csv"
    path.write_text("node,label\n1,7\n")
    y = import_review(path, graph, y=[3, 3, -1], classes=[3, 7])
    assert y.tolist() == [3, 7, -1]
    assert y.dtype.kind == "i"
    assert import_review(path, graph, classes=[3, 7]).tolist() == [-1, 7, -1]
    twice = import_review(path, graph[[1, 0, 1]], classes=[3, 7])
    assert twice.tolist() == [7, -1, 7]
    path.write_text("node,label\n2,yes\n")
    assert import_review(path, graph, y=["no", "", ""], classes=["no", "yes"]).tolist()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "empty"),
        ("node,label\nq,x\n", "not among the 5 selected"),
        ("node,label\na,nonsense\n", "are no class, the first at line 2"),
        ("node,label\na,x\na,y\n", "says two things"),
        ("node,text\na,x\n", "0 columns 'label'"),
        ("node,label,label\na,x,y\n", "2 columns 'label'"),
        ('node,label\n"a,x\n', "too few"),
        ("node,label\na\n", "too few"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"node": "a"', "not JSON"),
        ('{"node": "a"}', "no list of objects"),
        ("[1]", "no list of objects"),
        (f'[{{"node": {"9" * 5000}}}]', "too many digits"),
        ('[{"what": 1}]', "neither an export"),
        ('[{"data": 3}]', "no object"),
        ('[{"data": {}, "annotations": 3}]', "no list of objects"),
        ('[{"data": {}, "annotations": [{"result": 3}]}]', "no list of objects"),
        ('[{"node": "a", "label": {"choices": ["x", "y"]}}]', "2 choices"),
        ('[{"node": null, "label": "x"}]', "names no node"),
        ('[{"node": "a", "label": 3.5}]', "where one name"),
        ('[{"fields": {}, "responses": []}]', ""),
        ('[{"fields": {}, "responses": [1]}]', "no object"),
        ('[{"fields": {}, "responses": {"label": 3}}]', "no list of objects"),
        (
            '[{"fields": {}, "id": "a", "responses": {"label": [{"value": 1}]}}]',
            "names no class",
        ),
    ],
)
def test_files_of_strangers_are_refused_with_a_reason(
    graph, tmp_path, content, message
):
    path = tmp_path / "r"
    path.write_text(content)
    if not message:
        assert import_review(path, graph, classes=["x", "y"]).tolist() == [""] * 5
        return
    with pytest.raises(ReviewFormatError, match=message):
        import_review(path, graph, classes=["x", "y"])


def test_what_is_no_utf_8_or_too_large_is_refused(graph, tmp_path, monkeypatch):
    path = tmp_path / "r.csv"
    path.write_bytes("node,label\na,tüx\n".encode("latin-1"))
    with pytest.raises(ReviewFormatError, match="not in UTF-8"):
        import_review(path, graph)
    monkeypatch.setattr("sklearn_tagkd.inspection.review.importing._LARGEST", 5)
    with pytest.raises(ReviewFormatError, match="at most 5"):
        import_review(path, graph)


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_be_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("strange") / "r"
    path.write_bytes(content)
    graph = TextGraph(["x"], [], node_ids=["a"])
    try:
        y = import_review(path, graph)
    except ReviewFormatError:
        return
    assert len(y) == 1


def test_what_cannot_be_exported_says_why(graph, ranked, tmp_path):
    with pytest.raises(ValueError, match="'xls' is not known"):
        export_review(tmp_path / "r", ranked, "xls")
    with pytest.raises(ValueError, match="no node"):
        export_review(tmp_path / "r", graph[[]])
    with pytest.raises(ValueError, match="classes to choose from"):
        export_review(tmp_path / "r", graph, "argilla")
    again = pickle.loads(pickle.dumps(ranked))
    assert b"HYPERLINK" not in pickle.dumps(ranked)
    with pytest.raises(ValueError, match="pickled"):
        export_review(tmp_path / "r", again)
    export_review(tmp_path / "r", again, graph=graph)
    ambiguous = TextGraph(["x", "y"], [], node_ids=[1, "1"])
    with pytest.raises(ValueError, match="the same once written out"):
        export_review(tmp_path / "s", ambiguous)
    with pytest.raises(ValueError, match="control characters"):
        export_review(tmp_path / "s", graph, "label-studio", classes=["a\x00", "b"])
    assert not (tmp_path / "s").exists()
    with pytest.raises(ValueError, match="means unlabelled"):
        import_review(tmp_path / "r", graph, classes=["", "b"])


def test_representations_are_short_and_escaped(ranked):
    assert repr(ranked) == "RankedNodes(nodes=4, classes=4)"
    html = ranked._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "HYPERLINK" not in html
    assert ranked[:2].nodes.tolist() == ["=c", "a"]
    assert ranked[:2].reasons == ["because =x", "\r\n@odd"]
    assert ranked.to_frame().shape == (4, 4)
