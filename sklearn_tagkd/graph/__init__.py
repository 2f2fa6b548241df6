"""The container: a selection of nodes of a shared graph with texts.

numpy, scipy and ``str`` only: nothing here knows a neural network, a language
model or an estimator.
"""

from sklearn_tagkd.graph.text_graph import NodeAnnotation, TextGraph

__all__ = ["NodeAnnotation", "TextGraph"]
