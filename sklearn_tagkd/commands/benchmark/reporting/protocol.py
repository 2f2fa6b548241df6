"""What was measured and how, in the report's own words."""

from __future__ import annotations

from typing import Any

__all__ = ["describe_protocol"]

_TEXT = """\
# {graph}: accuracy on nodes that no language model was asked about

    {command}

**The graph.** {nodes:,} nodes, {links:,} links, {classes} classes. {answers} recorded
answers; their top class is right for {answers_right:.1%}. {test_nodes:,} labelled nodes
have no answer.

**Protocol "unanswered".** Each method learns from a random subset of the recorded
answers and is scored on every labelled node of which the recording has no answer at
all, the same nodes for every subset. There are {n_subsets} random subsets of each size;
number *k* is drawn, and its networks are trained, with the seed *k*, and a larger
subset *k* contains the smaller one. True labels are used for scoring, and as what the
rows called ceiling learn in place of the model's answers about the same nodes. Nothing
is chosen by them: every method has one set of parameters for all graphs, our estimators
their defaults, and none stops early. All methods may look at the texts and links of all
nodes.

**Rows.** *MLP, GCN, SAGE, GAT*: plain networks on text embeddings, which are centred
for all rows. *TF-IDF regression*: logistic regression on words. *Softmax regression*:
the convex one, on a node's text embedding beside the embedding propagated over the
links; *words too*: beside the latent dimensions of words that interpreters and students
see by default, and the other networks here do not. *Self-training* and *label
spreading* (over nearest texts): scikit-learn's, on text embeddings. *Label
propagation*: PyG's, over the links. *Correct and smooth*:
PyG's, after a softmax regression on text embeddings. *Interpreter*: learns from what is
said below and is a teacher; *students* are taught by an interpreter of the same lesson.

**What is learnt.** *Hard labels*: the model's top class. *Soft labels*: its
probabilities. *Full rationale*: those, its keywords, its key neighbours and their key
messages. Interpreters and students of the other rows are the same networks, and are
given no reasons.

**Figures.** Mean ± standard deviation of one subset. Differences are paired, subset by
subset, in percentage points of accuracy, with the 95% interval of a paired t-test, bold
where it excludes 0. The intervals are for one comparison each, not for all of them at
once. They speak of other subsets and seeds on this graph with these answers, not of
other graphs. Subsets that are a large part of the recording overlap, which makes their
intervals too narrow; in a column marked *all*, subsets are the same answers, and
intervals tell of the seeds of training alone. A difference that is the same every time
has no interval.

Log-loss is in nats, probabilities below 1e-6 raised to it; the calibration error is the
expected one over 15 bins. Seconds are of processor time on one thread, for training and
prediction, with the embeddings of texts cached before; a student's include its
interpreter's. They depend on the machine. LLM tokens are an estimate, counted without a
tokenizer: this package's prompt about each node of the subset, and an answer that holds
what is learnt.

**Made with** sklearn_tagkd {sklearn_tagkd} (code {code}, data {data}), encoder
{encoder}, Python {python}, {libraries}."""


def describe_protocol(setup: dict[str, Any], n_subsets: int, command: str) -> str:
    """Write what precedes the figures.

    Parameters
    ----------
    setup : dict of str to object
        See :func:`~sklearn_tagkd.commands.benchmark.fingerprint.describe_setup`.
    n_subsets : int
        Random subsets of each size.
    command : str
        How to run it again.

    Returns
    -------
    str
        Markdown.
    """
    libraries = ", ".join(f"{name} {v}" for name, v in setup["versions"].items())
    return _TEXT.format(
        **setup, n_subsets=n_subsets, command=command, libraries=libraries
    )
