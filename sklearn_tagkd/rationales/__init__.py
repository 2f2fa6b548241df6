"""What a language model said about nodes and classes: records, checks, columns.

Takes answers as they come, from a file or a client; gives what of them can be believed,
aligned to a graph (``table``), and what that changes in a graph's texts and links
(``enhancement``). May call ``graph``.
"""

from sklearn_tagkd.rationales.answers_file import read_answers, write_answers
from sklearn_tagkd.rationales.checks import check_rationales
from sklearn_tagkd.rationales.profile_table import ProfileTable, check_profiles
from sklearn_tagkd.rationales.profiles import (
    ClassProfile,
    read_profiles,
    write_profiles,
)
from sklearn_tagkd.rationales.record import Abstention, KeyNeighbor, Rationale
from sklearn_tagkd.rationales.table import RationaleTable

__all__ = [
    "Abstention",
    "ClassProfile",
    "KeyNeighbor",
    "ProfileTable",
    "Rationale",
    "RationaleTable",
    "check_profiles",
    "check_rationales",
    "read_answers",
    "read_profiles",
    "write_answers",
    "write_profiles",
]
