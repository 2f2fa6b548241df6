"""Whose answers are learnt from, and which nodes that leaves to be scored on."""

from sklearn_tagkd.commands.benchmark.sources.labels import (
    LabelSource,
    read_single_labels,
)
from sklearn_tagkd.commands.benchmark.sources.recorded import (
    RecordedSource,
    read_recorded,
)
from sklearn_tagkd.commands.benchmark.sources.sample import Sample

__all__ = [
    "LabelSource",
    "RecordedSource",
    "Sample",
    "read_recorded",
    "read_single_labels",
]
