"""What pages to look things up in take for granted: names, and files of a folder.

A page of the guide begins with nothing.
"""

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np

from sklearn_tagkd import TextGraph
from sklearn_tagkd.encoding import embed_texts
from sklearn_tagkd.inspection import export_review, label_issues
from sklearn_tagkd.llm import OpenAIClient
from sklearn_tagkd.rationales import read_answers, write_answers
from tests.pages import DOCS, included

EXAMPLE = DOCS / "examples" / "plot_1_main_job.py"


def fitted():
    """Return names of the first example, with its fitted model."""
    names = {}
    part = {"start-at": "from sklearn.pipeline", "end-at": "model.fit(docs.graph)"}
    exec(included(EXAMPLE, part), names)
    return {"graph": names["docs"].graph, **names}


def llm():
    texts = [f"on the {n}th theorem, a rule and a proof" for n in range(60)]
    names = ("llm", "client", "cheap", "strong")
    asked = {name: OpenAIClient("gpt-4o-mini") for name in names}
    return {"graph": TextGraph(texts, []), "classes": ["proofs", "rules"], **asked}


def saving():
    names = fitted()
    texts = names["graph"].texts[:3]
    return names | {"texts": texts, "vectors": embed_texts(texts, "hashing")}


def trust():
    """Answers that the model learnt, fresh ones, a review, and labels of others."""
    names = fitted()
    model, docs = names["model"], names["docs"]
    asked = model[0].answered_rows_
    learnt = set(docs.graph.node_ids[asked].tolist())
    answers, _ = read_answers(docs.answers)
    write_answers("answers.jsonl", [a for a in answers if a.node in learnt])
    write_answers("fresh_answers.jsonl", [a for a in answers if a.node not in learnt])
    export_review("reviewed.csv", label_issues(model, docs.graph)[:5])
    rows = np.setdiff1d(np.arange(len(docs.graph)), asked)[::4]
    return names | {"rows": rows, "true_labels": docs.target[rows]}


def new_documents():
    graph = TextGraph([f"paper {n}" for n in range(1, 5)], [], ["p1", "p2", "p3", "p4"])
    return {"graph": graph, "model": fitted()["model"]}


def commands():
    """A folder called FOLDER with a node called ID: a reader puts others there."""
    Path("FOLDER").mkdir()
    subjects = {"proofs": "a lemma that is proved", "rules": "a rule that is learnt"}
    nodes = [
        (f"{label}-{n}", f"{text} in {n} steps", label)
        for label, text in subjects.items()
        for n in range(20)
    ]
    nodes[0] = ("ID", *nodes[0][1:])
    links = [(one[0], other[0]) for one, other in pairwise(nodes)]
    tables = {
        "nodes": [("node", "text", "label"), *nodes],
        "edges": [("source", "target"), *links],
    }
    for name, rows in tables.items():
        with Path("FOLDER", f"{name}.csv").open("w", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    return {}


SETTINGS = {
    setting.__name__: setting
    for setting in (llm, saving, trust, new_documents, commands)
}
