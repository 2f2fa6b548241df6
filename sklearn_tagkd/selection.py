"""Which nodes are worth a question."""

from sklearn_tagkd.asking.selection import (
    STRATEGIES,
    AutoSelection,
    FeatPropSelection,
    Strategy,
    TypicalSelection,
    UncertaintySelection,
    pagerank,
    select_nodes,
)

__all__ = [
    "STRATEGIES",
    "AutoSelection",
    "FeatPropSelection",
    "Strategy",
    "TypicalSelection",
    "UncertaintySelection",
    "pagerank",
    "select_nodes",
]

__path__: list[str] = []  # pickles of version 0.1.0 name modules below this one
