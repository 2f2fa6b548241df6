"""Mistakes that the types must find: one per line that says so."""

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.serving import ServedModel


def mistakes() -> None:
    TextGraph()  # a mistake
    sklearn_tagkd.save("model.safetensors")  # a mistake
    sklearn_tagkd.model_card(None).encode(3)  # a mistake
    sklearn_tagkd.no_such_name()  # a mistake
    ServedModel.from_file("model").predict_proba()  # a mistake
    DistilledStudentClassifier(no_such_parameter=1)  # a mistake
