"""Which nodes are worth a question."""

from sklearn_tagkd.asking.selection.auto import AutoSelection
from sklearn_tagkd.asking.selection.choose import STRATEGIES, Strategy, select_nodes
from sklearn_tagkd.asking.selection.featprop import FeatPropSelection
from sklearn_tagkd.asking.selection.pagerank import pagerank
from sklearn_tagkd.asking.selection.typical import TypicalSelection
from sklearn_tagkd.asking.selection.uncertainty import UncertaintySelection
from sklearn_tagkd.features.encoding import DEFAULT_ENCODER

__all__ = [
    "DEFAULT_ENCODER",
    "STRATEGIES",
    "AutoSelection",
    "FeatPropSelection",
    "Strategy",
    "TypicalSelection",
    "UncertaintySelection",
    "pagerank",
    "select_nodes",
]
