"""A fitted pipeline asks nobody: it is saved without the function that answered."""

import functools
import pickle
import subprocess
import sys
import threading

import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
)
from sklearn_tagkd.llm import CallableClient
from tests.conftest import VOCABULARY, fast


def answer(messages):
    text = messages[-1]["content"].split("</")[0]
    hits = {c: sum(w in text for w in words) for c, words in VOCABULARY.items()}
    best = max(hits, key=hits.get)
    return (
        f'{{"label": "{best}", "probabilities": [{{"class": "{best}", '
        '"probability": 1}], "keywords": [], "neighbors": [], "explanation": ""}'
    )


class Owner:
    secret = "sk-of-the-owner"

    def answer(self, messages):
        return answer(messages)


class Connected(Owner):
    """A function with a connection, which no pickle takes."""

    def __init__(self):
        self.key, self.lock = self.secret, threading.Lock()

    def __call__(self, messages):
        return answer(messages)


FUNCTIONS = {
    "lambda": lambda: lambda messages: answer(messages),
    "method": lambda: Owner().answer,
    "object": Connected,
    "method of an object": lambda: Connected().answer,
    "decorated": lambda: functools.wraps(answer)(Connected()),
    "partial of an object": lambda: functools.partial(Connected()),
    "client of an object": lambda: CallableClient(Connected()),
    "partial": lambda: functools.partial(answer),
    "client": lambda: CallableClient(lambda messages: answer(messages)),
}


def pipeline(llm, **options):
    return Pipeline(
        [
            (
                "rationales",
                LLMRationaleTransformer(llm, sorted(VOCABULARY), max_nodes=12),
            ),
            ("interpreter", InterpreterGNNClassifier(**fast(max_iter=3))),
            ("student", DistilledStudentClassifier(**fast(max_iter=3))),
        ],
        **options,
    )


@pytest.mark.parametrize("make", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_function_that_nobody_could_find_again_is_left_out(toy, make):
    model = pipeline(make()).fit(toy.graph)
    saved = pickle.dumps(model)
    assert b"sk-of-the-owner" not in saved
    again = pickle.loads(saved)
    assert again["rationales"].llm is None
    assert model["rationales"].llm is not None
    assert (again.predict_proba(toy.graph) == model.predict_proba(toy.graph)).all()
    with pytest.raises(ValueError, match=r"llm=None.*does not hold a plain function"):
        again.fit(toy.graph)
    again.set_params(rationales__llm=answer).fit(toy.graph)


def test_a_function_is_found_again_where_it_is_defined(toy):
    model = pickle.loads(pickle.dumps(pipeline(answer).fit(toy.graph)))
    assert model["rationales"].llm is answer


def test_the_function_need_not_be_where_the_model_is_loaded(toy, tmp_path):
    model = pipeline(answer).fit(toy.graph)
    answer.__module__ = "a_module_of_yesterday"
    sys.modules["a_module_of_yesterday"] = sys.modules[__name__]
    try:
        saved = pickle.dumps((model, toy.graph))
    finally:
        del sys.modules["a_module_of_yesterday"]
        answer.__module__ = __name__
    (tmp_path / "model.pickle").write_bytes(saved)
    code = (
        "import pickle, sys; model, graph = pickle.load(open(sys.argv[1], 'rb'));"
        "print(model['rationales'].llm, model.predict(graph).shape)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "model.pickle")],
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip() == "None (60,)", run.stderr[-500:]


def test_workers_of_a_search_still_have_it(toy, fresh_workers):
    search = GridSearchCV(
        pipeline(lambda messages: answer(messages)),
        {"student__structural_weight": [0, 1]},
        cv=2,
        n_jobs=2,
        error_score="raise",
    ).fit(toy.graph, toy.target)
    assert search.best_estimator_["rationales"].n_answered_ == 12


def test_memory_and_a_function_of_a_module(toy, tmp_path):
    model = pipeline(answer, memory=str(tmp_path))
    for _ in range(2):
        model = clone(model).fit(toy.graph)
    assert model["rationales"].llm is answer
    model.set_params(rationales__max_nodes=15).fit(toy.graph)
    assert model["rationales"].n_asked_ == 15
