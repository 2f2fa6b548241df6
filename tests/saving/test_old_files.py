"""Files that older versions wrote: kept for ever, and read for ever."""

import json
from pathlib import Path

import numpy as np
import pytest

import sklearn_tagkd
from sklearn_tagkd import TextGraph
from sklearn_tagkd.saving.document import FORMAT
from sklearn_tagkd.serving import ServedModel

DATA = Path(__file__).parents[1] / "data"
FORMATS = range(1, FORMAT + 1)


@pytest.mark.parametrize("number", FORMATS)
def test_a_file_of_every_format_predicts_what_it_did(number):
    kept = json.loads((DATA / f"model-format-{number}.json").read_text())
    model = sklearn_tagkd.load(DATA / f"model-format-{number}.safetensors")
    graph = TextGraph(kept["texts"], kept["edges"])
    found = model.predict_proba(graph)
    np.testing.assert_allclose(found, kept["probabilities"], atol=1e-5)
    served = ServedModel.from_file(DATA / f"model-format-{number}.safetensors")
    found = served.predict_proba(kept["texts"], kept["edges"])
    np.testing.assert_allclose(found, kept["probabilities"], atol=1e-5)
    assert model[0].n_answered_ == 30
    assert repr(model)
