"""
Asking a language model
=======================

What leaves the machine and what comes back, what it costs, and what happens when
something goes wrong. The ``openai`` package sends requests over HTTP, to a server on
this machine that speaks OpenAI's protocol and says what a language model said once: no
key is needed, and nothing is paid. Without ``base_url``, and with a key in
``OPENAI_API_KEY``, the same code asks OpenAI.
"""

import os
import signal
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from sklearn_tagkd import LLMRationaleTransformer, datasets
from sklearn_tagkd.llm import AskingInterrupted, OpenAIClient
from sklearn_tagkd.llm.testing import LocalServer, recorded_answers
from sklearn_tagkd.rationales import read_answers

docs = datasets.load_docs()
answers, _ = read_answers(docs.answers)
graph = docs.graph[docs.graph.positions([answer.node for answer in answers])]
respond = recorded_answers(docs.graph, answers)

# %%
# Before anything is sent
# -----------------------
# ``plan`` counts requests, texts, tokens and dollars, and shows a prompt. There is no
# server yet: it sends nothing.

folder = Path(tempfile.mkdtemp())  # by default answers are kept in your cache folder
options = {
    "api_key_env": "NO_KEY_IS_NEEDED_HERE",
    "price": (0.15, 0.60),  # dollars per million tokens in and out
    "retry_delay": 0.05,
    "progress": False,
}
step = LLMRationaleTransformer(
    OpenAIClient("gpt-4o-mini", store=folder / "answers.sqlite", **options),
    classes=docs.target_names,
    max_nodes=60,
)
plan = step.plan(graph)
print(str(plan).partition("a prompt:")[0])

# %%
# What leaves the machine
# -----------------------
# The prompts, and nothing else. To see it, the server keeps what it is sent.

received = []


def listen(messages, schema):
    received.append(messages)
    return respond(messages, schema)


with LocalServer(listen) as server:
    client = OpenAIClient(
        "gpt-4o-mini",
        base_url=server.url,
        store=folder / "answers.sqlite",
        max_cost=0.10,  # a hard limit: it is reserved before anything is sent
        **options,
    )
    step.set_params(llm=client).fit(graph)

asked = [prompt[-1]["content"] for prompt in received]
print(len(asked), "prompts. One of them, without the instructions:")
print(min((prompt for prompt in asked if "[1]" in prompt), key=len))

# %%
# A node's text, and those of some linked nodes under numbers. Ids, which may name the
# class, and labels stay. Texts of this graph name some ids themselves; no others were
# sent.

sent, texts = "".join(asked), "".join(docs.graph.texts)
ids = docs.graph.node_ids.tolist()
print(sum(node in sent and node not in texts for node in ids), "ids were sent")

# %%
# What comes back
# ---------------
# For each node a *rationale*: a probability per class, keywords, the linked nodes that
# mattered, and the phrases in them that did. What an answer names and was not in the
# prompt is dropped, and counted in ``report_``.

rationales = step.rationales_.to_records(docs.graph.node_ids)
first = rationales[0]
print(first.node, "is of", max(first.probabilities, key=first.probabilities.get))
print("because:", first.explanation)
print("keywords:", ", ".join(first.keywords))
for neighbor in first.neighbors:
    print("linked:", neighbor.node, "for", ", ".join(neighbor.keywords))

# %%
# What it took, beside what the server counted:

usage = step.usage_
print(usage["requests"], "requests,", server.log.n_requests, "by the server's count")
print(usage["tokens_in"], "tokens in,", server.log.tokens_in, "by the server's")
print(f"{step.cost_:.4f} dollars; planned were {plan.cost:.4f}")

# %%
# The same question is never paid twice
# -------------------------------------
# Answers are in a file as soon as they come. The server is gone, and ``fit`` works.

step.fit(graph)
print(step.n_answered_, "answered,", step.usage_["requests"], "requests")

# %%
# Ctrl-C, and the same again
# --------------------------
# Here somebody presses it at the thirtieth request.


def interrupt(messages, schema):
    received.append(messages)
    if len(received) == 30:
        os.kill(os.getpid(), signal.SIGINT)
    return respond(messages, schema)


received.clear()
with LocalServer(interrupt, latency=0.05) as server:
    client = OpenAIClient(
        "gpt-4o-mini",
        base_url=server.url,
        store=folder / "interrupted.sqlite",
        max_concurrency=4,
        **options,
    )
    step.set_params(llm=client)
    try:
        step.fit(graph)
    except AskingInterrupted:
        print("interrupted; what came is kept")
    step.fit(graph)

again = step.usage_
print(again["cache_hits"], "answers from the file,", again["requests"], "requests for")
print("the rest of", step.n_answered_)

# %%
# A server that fails
# -------------------
# Too many requests, errors, a cut connection, prose in place of JSON, refusals. What
# passes is tried again; an answer that cannot be used is asked for once more; what is
# left is *abstained* from, with a reason. It costs that node's answer and nothing else.
# One question at a time here, so that the same faults hit the same questions each time.

faults = {
    "rate_limit": 0.10,
    "server_error": 0.05,
    "cut": 0.03,
    "not_json": 0.05,
    "refusal": 0.03,
}
with LocalServer(respond, faults=faults, seed=2) as server:
    client = OpenAIClient(
        "gpt-4o-mini",
        base_url=server.url,
        store=folder / "faults.sqlite",
        max_concurrency=1,
        **options,
    )
    step.set_params(llm=client).fit(graph)

hurt = step.usage_
print("the server did:", dict(server.log.faults))
print(step.n_answered_, "answered; abstained:", dict(hurt["abstentions"]))
print(hurt["retries"], "retries,", hurt["repairs"], "repairs")

# %%
# A purse
# -------
# ``max_cost`` is never exceeded: a question that does not fit is abstained from.

with LocalServer(respond) as server:
    client = OpenAIClient(
        "gpt-4o-mini", base_url=server.url, store=folder / "purse.sqlite", **options
    )
    capped = LLMRationaleTransformer(
        client, docs.target_names, max_nodes=60, max_cost=0.019
    )
    capped.fit(graph)

print(f"{capped.n_answered_} answered for {capped.cost_:.4f} dollars")
print("abstained:", dict(capped.usage_["abstentions"]))

# %%
# About classes alone: no text leaves
# -----------------------------------
# One question per class. The answer, a *profile*, describes the class and invents
# documents of it. The server makes them up here.

received.clear()
with LocalServer(lambda *prompt: received.append(prompt) or respond(*prompt)) as server:
    client = OpenAIClient(
        "gpt-4o-mini", base_url=server.url, store=folder / "classes.sqlite", **options
    )
    by_name = LLMRationaleTransformer(
        client, docs.target_names, class_profiles="ask", max_nodes=0
    )
    print(by_name.plan(graph).n_texts, "texts would be sent")
    profiles = by_name.fit_transform(graph).annotations["profiles"].to_records()

print(len(received), "prompts. The end of one:")
print(min(messages[-1]["content"] for messages, _ in received)[-60:])
print(f"{profiles[0].name}: {profiles[0].description}")

# %%
# Half the price: Batch mode
# --------------------------
# All questions go up as a file, and the answers come as one, within a day. A process
# that died while waiting goes on waiting when it is run again.

with LocalServer(respond, polls=2) as server:
    client = OpenAIClient(
        "gpt-4o-mini",
        base_url=server.url,
        mode="batch",
        poll_seconds=0.05,
        store=folder / "batch.sqlite",
        **options,
    )
    batch = LLMRationaleTransformer(client, docs.target_names, max_nodes=60)
    batch.fit(graph)

print(batch.n_answered_, "answered for", f"{batch.cost_:.4f} dollars")

# %%
# Planned and taken
# -----------------

shown = {
    "at most": plan.most_cost,
    "planned": plan.cost,
    "taken": usage["cost"],
    "with faults": hurt["cost"],
    "in Batch mode": batch.cost_,
}
figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
bars = axes.barh(list(shown), [100 * dollars for dollars in shown.values()])
axes.bar_label(bars, fmt="%.2f", padding=3)
axes.invert_yaxis()
axes.margins(x=0.12)
axes.set(xlabel="US cents", title="60 nodes of the docs graph")
plt.show()

# %%
# From here on nobody is asked: an interpreter and a student learn from what is in the
# file, and predict without it.
