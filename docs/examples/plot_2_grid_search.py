"""
A search over the pipeline
==========================

A graph is split like an array, and a view keeps the whole graph in sight. A search
asks about no node twice: whatever was answered, embedded or propagated is remembered.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    datasets,
)
from sklearn_tagkd.llm import RecordedAnswers

docs = datasets.load_docs()
options = {"encoder": "hashing", "max_iter": 20, "random_state": 0}
options["supervision"] = "llm"  # labels choose among candidates, and teach none of them
model = Pipeline(
    [
        ("rationales", LLMRationaleTransformer(RecordedAnswers(docs.answers))),
        ("interpreter", InterpreterGNNClassifier(**options)),
        ("student", DistilledStudentClassifier(**options)),
    ]
)
sizes = [20, 60, 150]
search = GridSearchCV(
    model,
    {"rationales__max_nodes": sizes, "student__backbone": ["mlp", "gcn"]},
    cv=StratifiedKFold(2, shuffle=True, random_state=0),
    refit=False,
)
search.fit(docs.graph, docs.target)

# %%
# What more answers buy, with links and without. Half of the nodes may be asked about in
# each fold; answers are recorded for a fifth.
results = search.cv_results_
figure, axes = plt.subplots(layout="constrained")
for backbone in ("mlp", "gcn"):
    chosen = np.asarray(results["param_student__backbone"] == backbone)
    axes.errorbar(
        sizes,
        results["mean_test_score"][chosen],
        results["std_test_score"][chosen],
        marker="o",
        capsize=3,
        label=f"backbone={backbone!r}",
    )
axes.set(xlabel="most answers to learn from", ylabel="accuracy", xscale="log")
axes.set_xticks(sizes, labels=map(str, sizes), minor=False)
axes.minorticks_off()
axes.legend()
plt.show()
