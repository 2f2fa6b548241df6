"""
A few nodes explained, all predicted
====================================

Functions of SciPy and scikit-learn are the nodes, their documentation the texts, and a
link means that one mentions the other. Which module is a function of? A language model
answered for 320 of 1,494, with its reasons; a small local model learns from them.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.pipeline import Pipeline

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    datasets,
)
from sklearn_tagkd.llm import RecordedAnswers

docs = datasets.load_docs()
docs.graph

# %%
# The first step asks, the second learns from the reasons, the third from the second.
# Here the answers are recorded ones; ``OpenAIClient("gpt-4o-mini")`` would ask.
options = {"encoder": "hashing", "random_state": 0, "progress": False}
model = Pipeline(
    [
        ("rationales", LLMRationaleTransformer(RecordedAnswers(docs.answers))),
        ("interpreter", InterpreterGNNClassifier(**options)),
        ("student", DistilledStudentClassifier(**options)),
    ]
)
model.fit(docs.graph)  # no label: what the language model said is all there is

# %%
# The true labels of the nodes that nobody answered for are for scoring only.
answered = RecordedAnswers(docs.answers).answerable_nodes
asked = np.array([node in answered for node in docs.graph.node_ids])
unanswered = docs.graph[~asked]
accuracy = model.score(unanswered, docs.target[~asked])
print(f"{accuracy:.3f} right of {len(unanswered)} nodes that nobody answered for")

# %%
# Where it errs: neighbouring fields, mostly.
figure, axes = plt.subplots(figsize=(9, 8), layout="constrained")
ConfusionMatrixDisplay.from_predictions(
    docs.target[~asked],
    model.predict(unanswered),
    normalize="true",
    include_values=False,
    xticks_rotation="vertical",
    cmap="Blues",
    ax=axes,
)
axes.set_title(f"accuracy {accuracy:.3f}")
plt.show()
