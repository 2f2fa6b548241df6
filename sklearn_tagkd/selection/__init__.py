"""Which nodes are worth a question."""

from sklearn_tagkd.selection.choose import STRATEGIES, Strategy, select_nodes
from sklearn_tagkd.selection.featprop import FeatPropSelection
from sklearn_tagkd.selection.pagerank import pagerank
from sklearn_tagkd.selection.typical import TypicalSelection
from sklearn_tagkd.selection.uncertainty import UncertaintySelection

__all__ = [
    "STRATEGIES",
    "FeatPropSelection",
    "Strategy",
    "TypicalSelection",
    "UncertaintySelection",
    "pagerank",
    "select_nodes",
]
