"""Descriptions of parameters that several estimators share, written once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TypeVar

__all__ = ["share_parameters"]

_Documented = TypeVar("_Documented", bound=type)

_BLOCKS = {
    "architecture": """
    backbone : {'decoupled', 'gcn', 'sage', 'gat', 'mlp'}, default='decoupled'
        The network. ``'decoupled'`` propagates text embeddings once and then works
        on rows: it is fast, and robust where links join unlike nodes. ``'gcn'``,
        ``'sage'`` and ``'gat'`` pass messages as PyG's layers do.
        ``'mlp'`` looks at texts alone.
    hidden_dim : int, default=256
        Columns of every hidden representation.
    n_layers : int, default=2
        Message-passing layers of ``'gcn'``, ``'sage'`` and ``'gat'``.
    n_hops : int, default=10
        Propagation steps of ``'decoupled'``.
    teleport : float, default=0.1
        Share of its own embedding that a node keeps at each step of
        ``'decoupled'`` (personalised PageRank).
    push_tolerance : float, default=0.0001
        Of ``'decoupled'``, where a few nodes of a graph are predicted that
        :meth:`TextGraph.extended` has made: a random walk from a node is followed no
        further where less than this share of it, per link that it could take, stands;
        what was propagated before the graph grew stands in for the rest. 0 follows
        all of it, and is exact.
    dropout : float, default=0.5
        Share of hidden units dropped while training; of inputs, 0.4 times that.
    """,
    "training": """
    hard_label_weight : float, default=0.0
        Weight of the language model's top class.
    soft_label_weight : float, default=1.0
        Weight of the language model's probabilities.
    true_label_weight : float, default=1.0
        Weight of the labels in ``y``.
    supervision : {'both', 'llm', 'y'}, default='both'
        What to learn from. ``'both'`` trusts ``y`` where it has a label, and the
        language model elsewhere as far as labels that were held out call for it: from
        20 labels and answers on, answers that do not help weigh nothing. ``'llm'``
        leaves ``y`` to scoring.
    encoder : str or object with ``encode``, default='all-MiniLM-L6-v2'
        What embeds texts: the name or folder of a sentence-transformers model,
        ``'hashing'`` (nothing to download), or an object whose
        ``encode(list of str)`` returns one row per text. Embeddings are cached. A name
        that ends in ``':bfloat16'`` computes in half precision, in less than half the
        time where the processor has instructions for it (AVX512-BF16, AMX).
    lexical_dim : int, default={lexical_dim}
        Latent dimensions of the words (latent semantic analysis of the graph's
        texts) that stand beside a text's embedding: they see the rare words that
        name its subject. 0 looks at the encoder alone, and so does any number where
        held-out labels are told clearly better without words.
    max_iter : int, default=200
        Optimizer steps at most.
    batch_size : int, default=256
        Rows per loss term and step of ``'decoupled'`` and ``'mlp'``; the other
        backbones take all rows in every step.
    learning_rate : float, default=0.01
        Of Adam.
    weight_decay : float, default=0.0005
        Of Adam.
    early_stopping : bool, default=False
        Whether to hold out some of the labels (pseudo-labels where they are all
        there is), stop when they are predicted no better, and keep the best
        weights.
    validation_fraction : float, default=0.1
        Share of labels to hold out.
    n_iter_no_change : int, default=50
        Steps without an improvement before training stops early.
    device : str, default='auto'
        ``'auto'`` (a GPU where there is one) or a name of torch's. Fitted weights
        are numpy arrays: a model trained on a GPU loads on a CPU.
    random_state : int, RandomState instance or None, default=None
        Of initial weights, batches, dropout and held-out rows. The same seed gives
        the same bits on the same machine's CPU.
    progress : bool or 'auto', default='auto'
        Whether to show progress bars; ``'auto'`` on a terminal or in a notebook.
    """,
    "attributes": """
    classes_ : ndarray of shape (n_classes,)
        Sorted labels.
    network_ : FittedNetwork
        Trained weights as numpy arrays.
    history_ : list of dict
        Loss per term, every ten steps; held-out loss with early stopping.
    n_iter_ : int
        Optimizer steps taken.
    input_space_ : InputSpace
        How graphs are read.
    teacher_audit_ : TeacherAudit or None
        How right the language model is, overall and per class, with intervals, and
        what its answers count beside labels; None where there is nothing to judge by.
    sharpness_ : float
        What logits were multiplied by after training, so that probabilities are as
        sure as they are right, by answers that were held out from a committee; 1
        where there is no committee to tell.
    link_scorer_ : LinkScorer or None
        What links are weighed by; None where all are alike.
    training_graph_ : dict
        Nodes, links and a digest of the graph that was learnt from, by which it is
        known again; no text can be read from it.
    fitted_on_graph_ : bool
        Whether ``fit`` was given a TextGraph.
    n_features_in_ : int
        Number of features, where the input has any.
    """,
}


def share_parameters() -> Callable[[_Documented], _Documented]:
    """Put the shared descriptions in a class docstring's ``{placeholders}``.

    Where defaults differ, a description has that of the class.

    Returns
    -------
    callable
        Decorator of a class.
    """

    def fill(documented: _Documented) -> _Documented:
        text = inspect.cleandoc(documented.__doc__ or "")
        for name, block in _BLOCKS.items():
            text = text.replace("{" + name + "}", inspect.cleandoc(block))
        parameters = inspect.signature(documented).parameters
        text = text.replace("{lexical_dim}", str(parameters["lexical_dim"].default))
        documented.__doc__ = f"{text}\n"
        return documented

    return fill
