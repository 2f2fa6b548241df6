"""Models that several tests save, and what saving them must keep."""

import pytest
from sklearn.pipeline import Pipeline

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
)
from sklearn_tagkd.llm import RecordedAnswers
from tests.conftest import fast


@pytest.fixture(scope="session")
def fitted_pipeline(toy):
    return Pipeline(
        [
            ("rationales", LLMRationaleTransformer(llm=RecordedAnswers(toy.answers))),
            ("interpreter", InterpreterGNNClassifier(**fast(device="cpu"))),
            ("student", DistilledStudentClassifier(**fast(device="cpu"))),
        ]
    ).fit(toy.graph)
