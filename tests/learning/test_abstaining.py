"""Who is not sure may say nothing."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.pipeline import make_pipeline

import sklearn_tagkd
from sklearn_tagkd.baselines import MLPClassifier
from sklearn_tagkd.preprocessing import InducedSubgraph
from sklearn_tagkd.serving import ServedModel
from sklearn_tagkd.utils.most_probable import most_probable
from tests.conftest import fast


@pytest.fixture(scope="module")
def model(toy):
    return MLPClassifier(**fast()).fit(toy.graph, toy.target)


@pytest.mark.parametrize("below", [0.0, 0.5, 0.8, 1.0])
def test_those_below_are_not_named(model, toy, below):
    sure = model.predict_proba(toy.graph).max(axis=1)
    below = float(np.quantile(sure, below))
    named = model.predict(toy.graph, abstain_below=below)
    assert_array_equal(named == "", sure < below)
    assert_array_equal(named[named != ""], model.predict(toy.graph)[named != ""])


def test_a_pipeline_and_a_served_model_abstain_alike(model, toy, tmp_path):
    pipeline = make_pipeline(InducedSubgraph(), model)
    below = float(np.median(model.predict_proba(toy.graph.texts).max(axis=1)))
    expected = model.predict(toy.graph.texts, abstain_below=below)
    assert 0 < (expected == "").sum() < len(expected)
    sklearn_tagkd.save(model, tmp_path / "model")
    served = ServedModel.from_file(tmp_path / "model")
    found = served.predict(toy.graph.texts, abstain_below=below)
    assert (found == expected).mean() > 0.95  # but for those at the border
    through = pipeline.fit(toy.graph, toy.target).predict(toy.graph, abstain_below=1.0)
    assert set(through) <= {"", *model.classes_}


@pytest.mark.parametrize(
    ("classes", "nothing", "kind"),
    [
        (["a", "b"], "", "U"),
        (np.array(["a", "b"], object), "", "O"),
        ([3, 7], -1, "i"),
        (np.array([3, 7], np.uint8), -1, "i"),
        ([False, True], -1, "i"),
        ([0.5, 1.5], -1, "f"),
    ],
)
def test_nothing_is_what_unlabelled_is(classes, nothing, kind):
    shares = np.array([[0.9, 0.1], [0.45, 0.55]])
    found = most_probable(shares, np.asarray(classes), 0.6)
    assert found.tolist() == [np.asarray(classes).tolist()[0], nothing]
    assert found.dtype.kind == kind


@pytest.mark.parametrize("below", [-0.1, 1.1, np.nan, "0.5", [0.5], True])
def test_what_is_no_probability_is_refused(model, toy, below):
    with pytest.raises(ValueError, match="between 0 and 1"):
        model.predict(toy.graph, abstain_below=below)
