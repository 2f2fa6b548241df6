"""
A wrong answer, found and mended
================================

A careless teacher answers about 120 nodes of the docs graph, a fifth of them wrongly.
Which answers are wrong is found out without a true label, a person looks at those, and
the student gets better.
"""

import csv
import tempfile
from pathlib import Path

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
    explain,
    export_review,
    import_review,
    label_issues,
)
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.rationales import Rationale, read_answers, write_answers

docs = datasets.load_docs()
graph, folder = docs.graph, Path(tempfile.mkdtemp())

# %%
# The recorded answers are all right. Every fifth of these names another class instead,
# one and the same for each class: a teacher that mixes classes up.

random, names = np.random.RandomState(0), np.unique(docs.target)
mixed_up = dict(zip(names.tolist(), np.roll(names, 1).tolist(), strict=True))
answers = read_answers(docs.answers)[0]
careless = []
for place, number in enumerate(random.permutation(len(answers))[:120]):
    answer = answers[number]
    if place % 5 == 0:
        said = max(answer.probabilities, key=answer.probabilities.get)
        answer = Rationale(answer.node, {mixed_up[said]: 0.98, said: 0.02})
    careless.append(answer)
write_answers(folder / "answers.jsonl", careless)

quick = {"encoder": "hashing", "max_iter": 100, "random_state": 0, "progress": False}
model = make_pipeline(
    LLMRationaleTransformer(RecordedAnswers(folder / "answers.jsonl")),
    InterpreterGNNClassifier(**quick),
    DistilledStudentClassifier(**quick),
).fit(graph)

asked = model[0].answered_rows_
others = np.setdiff1d(np.arange(len(graph)), asked)
before = model.score(graph[others], docs.target[others])
print(f"right about {before:.1%} of nodes that nobody was asked about")

# %%
# Found: answers that a held-out committee, linked nodes and the nearest texts
# contradict. No true label is looked at.

issues = label_issues(model, graph)
print(issues)
print(issues[:5].to_frame()[["node", "given", "suggestion", "score", "committee"]])

# %%
# Explained: what carries the student's own label of the one that is most likely wrong.

worst = int(issues.scores.argmax())
first = issues.nodes[worst]
print(issues.reasons[worst])
print(explain(model, graph, [first], budget=3)[0])

# %%
# Reviewed: the first thirty go to a person, as a table. The person here fills in what
# is true.

path = export_review(folder / "review.csv", issues[:30])
with path.open(encoding="utf-8-sig", newline="") as file:
    header, *rows = csv.reader(file)
of_node = dict(zip(map(str, graph.node_ids), docs.target, strict=True))
for row in rows:
    row[header.index("label")] = of_node[row[header.index("node")]]
with path.open("w", encoding="utf-8", newline="") as file:
    csv.writer(file).writerows([header, *rows])

# %%
# Corrected: the person's labels go beside the answers. That so many of them contradict
# an answer is no sign of a bad teacher, since they were chosen for it: ``fit`` sees
# that, and believes the other answers as before.

y = import_review(path, graph, classes=docs.target_names)
is_wrong = issues.given[:30] != docs.target[issues.positions[:30]]
print(f"of 30 answers looked at, {is_wrong.sum()} of all 24 wrong ones")
model.fit(graph, y)
after = model.score(graph[others], docs.target[others])
print(f"right about {after:.1%}, and {before:.1%} before")

figure, axes = plt.subplots(figsize=(4, 2.5), layout="constrained")
bars = axes.barh(["after the review", "before"], [after, before], color="#4477aa")
axes.bar_label(bars, fmt="{:.1%}", label_type="center", color="white")
axes.set_xlim(0, 1)
axes.set_xlabel("accuracy, nodes not asked about")
plt.show()
