"""Whose answers are learnt from, and which nodes that leaves to be scored on."""

from sklearn_tagkd.commands.benchmark.sources.cascade import CascadeSource
from sklearn_tagkd.commands.benchmark.sources.chosen import ChosenSource
from sklearn_tagkd.commands.benchmark.sources.labels import (
    LabelSource,
    read_single_labels,
)
from sklearn_tagkd.commands.benchmark.sources.own_labels import (
    OwnLabelsSource,
    guess_labels,
)
from sklearn_tagkd.commands.benchmark.sources.profiled import ProfiledSource
from sklearn_tagkd.commands.benchmark.sources.recorded import (
    RecordedSource,
    read_recorded,
)
from sklearn_tagkd.commands.benchmark.sources.sample import (
    GPT,
    RECORDED,
    Sample,
    Source,
)

__all__ = [
    "GPT",
    "RECORDED",
    "CascadeSource",
    "ChosenSource",
    "LabelSource",
    "OwnLabelsSource",
    "ProfiledSource",
    "RecordedSource",
    "Sample",
    "Source",
    "guess_labels",
    "read_recorded",
    "read_single_labels",
]
