"""The container: a selection of nodes of a shared graph with texts.

Takes texts, links, ids and features, in any of the forms that libraries have for them;
gives views of one immutable parent. numpy, scipy and ``str`` only: nothing here knows a
neural network, a language model or an estimator. May call ``nn.pyg`` alone, to read
another library's graph.
"""

from sklearn_tagkd.graph.annotation import NodeAnnotation
from sklearn_tagkd.graph.text_graph import TextGraph

__all__ = ["NodeAnnotation", "TextGraph"]
