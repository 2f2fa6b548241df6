"""
A few nodes explained, all predicted
====================================

Functions of SciPy and scikit-learn are the nodes, their documentation the texts, and a
link means that one mentions the other. Which module is a function of? A language model
is asked about 140 of 1,494, with its reasons; a small local model learns from them.

The first step asks, the second learns from the reasons, the third from the second. Here
the answers are recorded ones; ``OpenAIClient("gpt-4o-mini")`` would ask.
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
options = {"encoder": "hashing", "random_state": 0, "max_iter": 20}
step = LLMRationaleTransformer(RecordedAnswers(docs.answers), max_nodes=140)
model = Pipeline(
    [
        ("rationales", step),
        ("interpreter", InterpreterGNNClassifier(**options)),
        ("student", DistilledStudentClassifier(**options)),
    ]
)
model.fit(docs.graph)  # no label: what the language model said is all there is

# %%
# The true labels of the nodes that nobody was asked about are for scoring only.
others = np.setdiff1d(np.arange(len(docs.graph)), step.answered_rows_)
unasked, truth = docs.graph[others], docs.target[others]
accuracy = model.score(unasked, truth)
print(f"{accuracy:.3f} right of {len(unasked)} nodes that nobody was asked about")

# %%
# Where it errs: neighbouring fields, mostly.
figure, axes = plt.subplots(figsize=(9, 8), layout="constrained")
ConfusionMatrixDisplay.from_predictions(
    truth,
    model.predict(unasked),
    normalize="true",
    include_values=False,
    xticks_rotation="vertical",
    cmap="Blues",
    ax=axes,
)
axes.set_title(f"accuracy {accuracy:.3f}")
plt.show()
