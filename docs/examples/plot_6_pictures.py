"""
Seven pictures of a model
=========================

Whom to ask and whether it paid, where the student departs from its teacher, how sure it
may be, what carries a label: displays in scikit-learn's way. They take the colours of
text and paper from your own style, and classes differ by marker as well as by colour.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    datasets,
)
from sklearn_tagkd.inspection import (
    AnswerCurveDisplay,
    EgoNetworkDisplay,
    EmbeddingMapDisplay,
    ReliabilityDisplay,
    SelectionDisplay,
    TeacherStudentDisplay,
    TrainingHistoryDisplay,
)
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.rationales import read_answers

docs = datasets.load_docs()
quick = {"encoder": "hashing", "max_iter": 60, "random_state": 0}
model = make_pipeline(
    LLMRationaleTransformer(RecordedAnswers(docs.answers), max_nodes=140),
    InterpreterGNNClassifier(**quick),
    DistilledStudentClassifier(**quick),
).fit(docs.graph)

# %%
# The map
# -------
# Near nodes are alike to the model. Rims mark the nodes that were asked about, crosses
# those where the student says something else than is true; without true labels, than
# the teacher said.
EmbeddingMapDisplay.from_estimator(model, docs.graph, docs.target)
plt.show()

# %%
# Whom it asked
# -------------
# Distance from the nearest answer, and doubt. An answer would be worth most at the
# upper right: asking in rounds leaves little there.
SelectionDisplay.from_estimator(model, docs.graph)
plt.show()

# %%
# What answers bring
# ------------------
# Scores that you measured, against answers or against dollars. Here they are of
# students of 20, 60 and 140 answers, on nodes that the last was not taught about.
# ``from_estimator`` shows what a step with ``stop="auto"`` expected while it asked.
others = np.setdiff1d(np.arange(len(docs.graph)), model[0].answered_rows_)
sizes, scores = [20, 60, 140], []
for size in sizes:
    step = LLMRationaleTransformer(RecordedAnswers(docs.answers), max_nodes=size)
    smaller = make_pipeline(step, *model[1:]).fit(docs.graph)
    scores.append(smaller.score(docs.graph[others], docs.target[others]))
figure, (left, right) = plt.subplots(
    1, 2, figsize=(9, 3.8), sharey=True, layout="constrained"
)
dollars = [0.0005 * size for size in sizes]  # of gpt-4o-mini, about
AnswerCurveDisplay.from_predictions(sizes, scores, ax=left)
AnswerCurveDisplay.from_predictions(
    sizes, scores, dollars=dollars, against="dollars", ax=right
)
figure.suptitle("more answers, and more dollars, buy less and less")
plt.show()

# %%
# Teacher and student
# -------------------
# What each says of nodes that the teacher answered about and the student has not learnt
# from. ``from_estimator(model, docs.graph)`` shows those that it has learnt from.
ids = set(docs.graph.node_ids[others].tolist())
fresh = [answer for answer in read_answers(docs.answers)[0] if answer.node in ids]
said = [max(answer.probabilities, key=answer.probabilities.get) for answer in fresh]
view = docs.graph[docs.graph.positions([answer.node for answer in fresh])]
TeacherStudentDisplay.from_predictions(said, model.predict(view))
plt.show()

# %%
# How sure, how right
# -------------------
# Points on the diagonal are as sure as right. Nodes that were asked about are left out.
ReliabilityDisplay.from_estimator(model, docs.graph, docs.target)
plt.show()

# %%
# Why this label
# --------------
# The node in the middle, those linked to it, and by how much each of them carries its
# label: a dotted link has no effect that was named.
EgoNetworkDisplay.from_estimator(model, docs.graph, "scipy.stats.norm")
plt.show()

# %%
# How it was trained
# ------------------
# Losses of the student, step by step.
shown = TrainingHistoryDisplay.from_estimator(model)
shown.ax_.set_title("losses of the student")
plt.show()
