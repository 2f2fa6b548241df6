"""Reviews as spreadsheets and careless people leave them, and files in their way."""

import json

import numpy as np
import pytest

from sklearn_tagkd import TextGraph
from sklearn_tagkd.exceptions import ReviewFormatError
from sklearn_tagkd.inspection import export_review, import_review
from sklearn_tagkd.inspection.ranked import RankedNodes

IDS = ["a", "b", "'c"]
FORMATS = ["csv", "label-studio", "argilla"]


@pytest.fixture
def graph():
    return TextGraph(["soup", "opera", "comet"], [("a", "b")], node_ids=IDS)


@pytest.fixture
def ranked(graph):
    classes, at = np.array(["no", "yes"]), np.arange(3)
    found = classes[[0, 1, 1]]
    scores = np.array([0.9, 0.5, 0.1])
    return RankedNodes(graph, graph.node_ids, at, classes, found, scores, ["r"] * 3)


def read(folder, graph, text, **options):
    path = folder / "r.csv"
    path.write_bytes(text.encode())
    return import_review(path, graph, **options).tolist()


@pytest.mark.parametrize(
    "text",
    [
        "node,label\ra,yes\r",
        "node;label;text\ra;yes;x, y, z, w, v\r",
        'node;label;"notes, of me, on, this"\na;yes;x\n',
        "text,much\tnode\tlabel\nx,y\ta\tyes\n",
        "\ufeff;;\r\nLABEL; Node ;x\r\nyes;a;\r\n",
    ],
)
def test_what_separates_cells_is_told_by_the_names_of_columns(tmp_path, graph, text):
    assert read(tmp_path, graph, text, classes=["yes", "no"]) == ["yes", "", ""]


@pytest.mark.parametrize(
    ("written", "classes", "meant"),
    [
        ("TRUE", np.array([True, False]), True),
        ("false", [False, True], False),
        ("1", [1.0, 2.0], 1.0),
        ("2.0", [1, 2], 2),
        (" Sport ", ["sport", "law"], "sport"),
        ("'t Hooft", ["'t Hooft", "law"], "'t Hooft"),
        ("''t Hooft", ["'t Hooft", "law"], "'t Hooft"),
        ("SPORT", ["Sport", "sport"], None),
        ("Sport", ["Sport", "sport"], "Sport"),
        ("1.5", [1, 2], None),
        ("nan", [1, 2], None),
        ("1", [True, False], None),
    ],
)
def test_a_class_is_known_again_where_one_alone_is_meant(
    tmp_path, graph, written, classes, meant
):
    text = f"node,label\na,{written}\n"
    if meant is None:
        with pytest.raises(ReviewFormatError, match="are no class"):
            read(tmp_path, graph, text, classes=classes)
        return
    found = read(tmp_path, graph, text, classes=classes)[0]
    assert (found, type(found)) == (meant, type(meant))


def test_the_same_class_written_twice_is_no_contradiction(tmp_path, graph):
    text = "node,label\na,yes\na, YES \n"
    assert read(tmp_path, graph, text, classes=["yes", "no"]) == ["yes", "", ""]


def test_an_id_is_known_without_the_apostrophe_that_a_spreadsheet_took(tmp_path, graph):
    for node in ("c", "'c", "''c"):
        assert read(tmp_path, graph, f"node,label\n{node},yes\n") == ["", "", "yes"]


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        ([0, 1, -1], ["yes", "no"]),
        (["yes", "no", ""], [1, 2]),
        (["yes", "no", ""], [True, False]),
        ([5, 7, -1], [True, False]),
        (None, ["yes", 1]),
        (None, ["yes", "yes"]),
        (None, "yes"),
    ],
)
def test_kinds_of_labels_are_not_mixed(tmp_path, graph, y, classes):
    with pytest.raises(ValueError, match=r"classes"):
        read(tmp_path, graph, "node,label\nb,yes\n", y=y, classes=classes)


@pytest.mark.parametrize("classes", [np.array([True, False]), [True, False]])
def test_undecided_truth_values_are_none(tmp_path, graph, classes):
    assert read(tmp_path, graph, "node,label\n", classes=classes) == [None] * 3


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "precious",
    [
        "node,text,label\na,precious,\n",
        '[{"node": "a", "text": "precious"}]',
        '[{"data": {"node": "a"}}]',
        '[{"id": "a", "fields": {}, "responses": {}}]',
        "[]",
        "",
    ],
)
def test_a_table_that_is_no_review_is_left(tmp_path, ranked, format, precious):
    path = tmp_path / "mine.json"
    path.write_text(precious)
    with pytest.raises(FileExistsError, match="it is left as it was"):
        export_review(path, ranked, format)
    assert path.read_text() == precious
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("format", "beside"), [("label-studio", "r.xml"), ("argilla", "r.settings.json")]
)
def test_what_lies_beside_is_left_too(tmp_path, ranked, format, beside):
    (tmp_path / beside).write_text("precious")
    with pytest.raises(FileExistsError, match=beside):
        export_review(tmp_path / "r.json", ranked, format)
    assert [path.name for path in tmp_path.iterdir()] == [beside]
    (tmp_path / beside).unlink()
    for nodes in (ranked, ranked, ranked[:2]):
        export_review(tmp_path / "r.json", nodes, format)
    assert len(json.loads((tmp_path / "r.json").read_text())) == 2


def test_tasks_are_not_written_where_their_interface_goes(tmp_path, ranked):
    with pytest.raises(ValueError, match=r"r\.json"):
        export_review(tmp_path / "r.xml", ranked, "label-studio")
    assert not list(tmp_path.iterdir())


def test_a_draft_is_somebodys_work(tmp_path, ranked):
    path = export_review(tmp_path / "r.json", ranked, "argilla")
    records = json.loads(path.read_text())
    records[0]["responses"] = {"label": [{"value": "yes", "status": "draft"}]}
    path.write_text(json.dumps(records))
    with pytest.raises(FileExistsError, match="nobody has touched"):
        export_review(path, ranked, "argilla")


def test_notes_in_a_column_of_their_own_are_somebodys_work(tmp_path, ranked):
    path = export_review(tmp_path / "r.csv", ranked)
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(f"{line},note" for line in lines), "utf-8")
    with pytest.raises(FileExistsError, match="nobody has touched"):
        export_review(path, ranked)


def test_texts_of_another_graph_are_not_exported(tmp_path, ranked):
    for other in (
        TextGraph(["x"], [], ["a"]),
        TextGraph(["x", "y", "z"], []),
        TextGraph(["x", "y", "z"], [], ["b", "a", "'c"]),
    ):
        with pytest.raises(ValueError, match="of another graph"):
            export_review(tmp_path / "r", ranked, graph=other)
    with pytest.raises(TypeError, match="label_issues or next_questions"):
        export_review(tmp_path / "r", ["a", "b"])
    with pytest.raises(TypeError, match="TextGraph"):
        import_review(tmp_path / "r", None)
    for classes in ("ab", ["a", "a"], ["", "b"], ["a", 1]):
        with pytest.raises(ValueError, match="classes"):
            export_review(tmp_path / "r", ranked, "argilla", classes=classes)
    assert not list(tmp_path.iterdir())
