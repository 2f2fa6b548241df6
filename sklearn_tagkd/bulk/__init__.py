"""Graphs that memory does not hold: built, embedded, propagated, predicted in a folder.

Takes tables in a folder; gives files beside them that are mapped, and never read whole.
Every stage is a list of independent tasks that know of one another by their files
alone, so that joblib's backends run them on one machine or many, and a killed run goes
on. May call ``serving``, ``datasets`` and what lies below them.
"""

from sklearn_tagkd.bulk.building import build_links
from sklearn_tagkd.bulk.embedding import embed_folder
from sklearn_tagkd.bulk.predicting import predict_folder
from sklearn_tagkd.bulk.propagation import propagate_folder

__all__ = ["build_links", "embed_folder", "predict_folder", "propagate_folder"]
