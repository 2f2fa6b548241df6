import numpy as np

from sklearn_tagkd.rationales import check_rationales


def as_dict(table, ids):
    return {record.node: record for record in table.to_records(ids)}


def test_select_keeps_answers_whole(annotated, toy):
    table = annotated.annotations["rationales"]
    keep = np.arange(len(table)) % 3 == 0
    whole, part = (as_dict(t, toy.graph.node_ids) for t in (table, table.select(keep)))
    assert len(part) == keep.sum()
    assert all(whole[node] == record for node, record in part.items())


def test_restrict_keeps_answers_about_kept_nodes_and_neighbours(annotated, toy):
    table = annotated.annotations["rationales"]
    kept = np.random.default_rng(0).permutation(len(toy.graph))[:40]
    cut = table.restrict(kept, len(toy.graph))
    assert (np.diff(cut.positions) > 0).all()
    ids = toy.graph.node_ids
    names = set(ids[kept])
    whole, part = as_dict(table, ids), as_dict(cut, ids[kept])
    assert set(part) == set(whole) & names
    for node, record in part.items():
        before = whole[node]
        assert record.keywords == before.keywords
        assert record.explanation == before.explanation
        assert set(record.shown) == set(before.shown) & names
        expected = [item for item in before.neighbors if item.node in names]
        assert sorted(record.neighbors, key=str) == sorted(expected, key=str)


def test_records_read_back_to_the_same_table(annotated, toy):
    table = annotated.annotations["rationales"]
    again = check_rationales(
        table.to_records(toy.graph.node_ids), toy.graph, table.classes
    )
    assert np.allclose(again.probabilities, table.probabilities)
    assert (again.key_node == table.key_node).all()
    assert list(again.messages) == list(table.messages)


def test_repr_is_sizes(annotated):
    assert repr(annotated.annotations["rationales"]).startswith(
        "RationaleTable(answers=30, abstentions=0, classes=3"
    )
