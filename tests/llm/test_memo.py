import threading
import time

import pytest

from sklearn_tagkd.llm import Question, RationaleClient, ask_once
from sklearn_tagkd.rationales import Abstention, Rationale


class Counting(RationaleClient):
    """Answers everything but 'shy', slowly, and counts."""

    def __init__(self):
        self.asked = []

    def ask(self, questions):
        time.sleep(0.01)
        self.asked += [question.node for question in questions]
        return [
            Abstention(q.node, "refused")
            if q.node == "shy"
            else Rationale(q.node, {"x": 1.0})
            for q in questions
        ]


def question(node, text="text", neighbors=("u",), texts=("t",)):
    return Question(node, text, neighbors, texts, {"x": ""})


def test_the_same_question_is_put_once():
    client = Counting()
    ask_once(client, [question("a"), question("b")])
    answers = ask_once(client, [question("c"), question("a")])
    assert client.asked == ["a", "b", "c"]
    assert [answer.node for answer in answers] == ["c", "a"]
    ask_once(Counting(), [question("a")])  # another client is another mind


@pytest.mark.parametrize(
    "other",
    [
        question("a", text="other"),
        question("a", neighbors=("v",)),
        question("a", texts=("other",)),
        question("a", neighbors=("u", "v"), texts=("t", "t")),
    ],
)
def test_another_question_is_put_anew(other):
    client = Counting()
    ask_once(client, [question("a")])
    ask_once(client, [other])
    assert len(client.asked) == 2


def test_abstentions_are_not_remembered():
    client = Counting()
    for _ in range(2):
        (answer,) = ask_once(client, [question("shy")])
        assert answer == Abstention("shy", "refused")
    assert client.asked == ["shy", "shy"]


def test_threads_wait_for_one_another():
    client = Counting()
    questions = [question(str(i)) for i in range(20)]
    threads = [
        threading.Thread(target=ask_once, args=(client, questions)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(client.asked) == 20


def test_a_client_that_loses_answers_is_told_so():
    class Forgetful(RationaleClient):
        def ask(self, questions):
            return []

    with pytest.raises(ValueError, match="gave 0 answers to 1 questions"):
        ask_once(Forgetful(), [question("a")])
