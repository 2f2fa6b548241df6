"""What is no list of texts is refused by a served model, and by a fitted one."""

import numpy as np
import pandas as pd
import pytest

import sklearn_tagkd
from sklearn_tagkd.baselines import MLPClassifier
from sklearn_tagkd.serving import ServedModel
from tests.conftest import fast


@pytest.fixture(scope="module")
def both(toy, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model"
    model = MLPClassifier(**fast(max_iter=2)).fit(toy.graph, toy.target)
    sklearn_tagkd.save(model, path)
    return sklearn_tagkd.load(path), ServedModel.from_file(path)


TEXTS = ["a violin", "an oven"]


@pytest.mark.parametrize(
    "given",
    [
        "a private text",
        {"a private text": 1},
        {"a private text", "another"},
        pd.DataFrame({"text": ["a private text"]}),
        [None],
        [["a private text"]],
        (text for text in TEXTS),
    ],
    ids=lambda given: type(given).__name__,
)
def test_no_list_of_texts(given, both):
    for model in both:
        with pytest.raises(TypeError, match="of type") as refused:
            model.predict(given)
        assert "private" not in str(refused.value)


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series, pd.Index])
def test_lists_of_every_kind(kind, both):
    found = [model.predict_proba(kind(TEXTS)) for model in both]
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)


def test_no_text_at_all(both):
    """Estimators refuse it, as those of scikit-learn do; a server answers nothing."""
    loaded, served = both
    for none in ([], (), np.array([], dtype=str), pd.Series([], dtype=str)):
        with pytest.raises(TypeError, match="a list of at least one str"):
            loaded.predict(none)
        assert served.predict(none).shape == (0,)
