"""What somebody writes who uses the package from outside, held against its types."""

from collections.abc import Sequence
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.serving import ServedModel


def serve(path: str, texts: list[str], links: Sequence[tuple[int, int]]) -> list[str]:
    try:
        model = ServedModel.from_file(path)
    except ModelFileError as error:
        return [str(error)]
    assert_type(model.predict_proba(texts, edges=links), NDArray[np.float64])
    return [str(label) for label in model.predict(texts, links)]


def train(texts: list[str], links: list[tuple[str, str]], ids: list[str]) -> str:
    graph = TextGraph(texts, links, node_ids=ids)
    assert_type(graph.texts, list[str])
    assert_type(len(graph), int)
    assert_type(graph[:2], TextGraph)
    student = DistilledStudentClassifier("mlp", encoder="hashing", random_state=0)
    sklearn_tagkd.save(student.fit(graph, ids), "model.safetensors", card=True)
    card = sklearn_tagkd.model_card(student, graph, ids)
    assert_type(card, str)
    return card
