"""Pickles that an older or a newer version of this package made."""

import gzip
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import InconsistentVersionWarning

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.preprocessing import InducedSubgraph
from sklearn_tagkd.rationales import Rationale, write_answers

DATA = Path(__file__).parents[1] / "data"


def load_0_1_0():
    with warnings.catch_warnings():
        # scikit-learn's own, of its Pipeline, where another version is installed
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        return pickle.loads(
            gzip.decompress((DATA / "pipeline-0.1.0.pickle.gz").read_bytes())
        )


def test_a_pipeline_of_version_0_1_0_predicts_what_it_did(tmp_path):
    saved = load_0_1_0()
    model, graph = saved["model"], saved["graph"]
    np.testing.assert_allclose(
        model.predict_proba(graph), saved["probabilities"], atol=1e-5
    )
    path = tmp_path / "answers.jsonl"  # those that it learnt from are not kept
    named = zip("abcde", ["sport", "politics"] * 3, strict=False)
    write_answers(path, [Rationale(node, {name: 1.0}) for node, name in named])
    model.set_params(rationales__llm=RecordedAnswers(path))
    assert set(model.fit(graph).predict(graph)) <= {"sport", "politics"}


@pytest.mark.parametrize("step", [0, 1, 2])
def test_parameters_that_did_not_exist_get_their_defaults(step):
    estimator = load_0_1_0()["model"][step]
    fresh = type(estimator)().get_params(deep=False)
    assert estimator.get_params(deep=False).keys() == fresh.keys()
    assert repr(estimator)


def test_a_pickle_says_which_version_made_it():
    state = DistilledStudentClassifier().__getstate__()
    assert state["_sklearn_tagkd_version"] == sklearn_tagkd.__version__
    student = pickle.loads(pickle.dumps(DistilledStudentClassifier(n_hops=3)))
    assert student.n_hops == 3
    assert not hasattr(student, "_sklearn_tagkd_version")


def test_a_pickle_of_a_newer_version_says_what_to_install():
    step = InducedSubgraph()
    state = {**step.__getstate__(), "_sklearn_tagkd_version": "99.1"}
    with pytest.warns(UserWarning, match=r"pickled by sklearn_tagkd 99\.1.*Install"):
        step.__setstate__(state)
