"""
What asking would cost, and what it did cost
============================================

``plan`` counts requests, tokens and dollars before anything is sent; caps are hard. The
server here is on this machine, speaks OpenAI's protocol over HTTP, and answers with
what was recorded once; it fails now and then, as real ones do.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from sklearn_tagkd import LLMRationaleTransformer, datasets
from sklearn_tagkd.llm import OpenAIClient
from sklearn_tagkd.llm.testing import LocalServer, recorded_answers
from sklearn_tagkd.rationales import read_answers

docs = datasets.load_docs()
answers, _ = read_answers(docs.answers)
faults = {"rate_limit": 0.1, "server_error": 0.05, "not_json": 0.02}
# Of this page alone; by default answers are kept in the user's cache folder.
options = {
    "store": Path(tempfile.mkdtemp()) / "answers.sqlite",
    "api_key_env": "NO_KEY_IS_NEEDED_HERE",
    "price": (0.15, 0.60),  # dollars per million tokens in and out
    "retry_delay": 0.05,
    "progress": False,
}
recorded = [answer.node for answer in answers]
graph = docs.graph[docs.graph.positions(recorded)]

# %%
# The plan is made without a server.
step = LLMRationaleTransformer(
    OpenAIClient("gpt-4o-mini", **options), classes=docs.target_names, max_nodes=60
)
plan = step.plan(graph)
print(plan)

# %%
# Fitting sends the requests, here to the local server.
with LocalServer(recorded_answers(graph, answers), faults=faults) as server:
    step.set_params(llm=OpenAIClient("gpt-4o-mini", base_url=server.url, **options))
    step.fit(graph)
step.usage_

# %%
# Planned, taken, and the most it could have been.
shown = {"planned, about": plan.cost, "taken": step.cost_, "at most": plan.most_cost}
figure, axes = plt.subplots(layout="constrained")
axes.bar(list(shown), list(shown.values()), color=["#9db4c8", "#d1495b", "#d8dee6"])
axes.set(
    ylabel="US dollars", title=f"{step.n_asked_} nodes, {step.n_requests_} requests"
)
plt.show()
