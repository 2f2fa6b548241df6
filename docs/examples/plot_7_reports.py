"""
What a report tells
===================

Before anybody is asked, and after a model was fitted: a page each, which asks for
nothing from outside. Here they stand in frames, as in a notebook; ``save`` and
``path=`` write files.
"""

# sphinx_gallery_thumbnail_path = 'pictures/report.png'

from sklearn.pipeline import make_pipeline

from sklearn_tagkd import (
    DistilledStudentClassifier,
    GraphReport,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    datasets,
    report,
)
from sklearn_tagkd.llm import OpenAIClient, RecordedAnswers

docs = datasets.load_docs()
step = LLMRationaleTransformer(
    OpenAIClient("gpt-4o-mini"), classes=docs.target_names, max_nodes=140
)
before = GraphReport(docs.graph, step=step)
before

# %%
# Nothing was sent. What follows is made of answers that were recorded.

options = {"encoder": "hashing", "random_state": 0, "max_iter": 20}
step.set_params(llm=RecordedAnswers(docs.answers))
teacher = InterpreterGNNClassifier(**options)
model = make_pipeline(step, teacher, DistilledStudentClassifier(**options))
model.fit(docs.graph)
after = report(model, docs.graph, docs.target, path=None)
after
