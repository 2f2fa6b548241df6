"""Class profiles that passed the checks, aligned to the classes of a graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.rationales.class_codes import ClassCodes
from sklearn_tagkd.rationales.phrases import PhraseLists
from sklearn_tagkd.rationales.profiles import ClassProfile

__all__ = ["ProfileTable", "check_profiles"]

# Longer than this, a text is not what was asked for, and dear to embed; characters.
_LONGEST = {"description": 2_000, "keyword": 200, "document": 20_000}
_MOST = 200  # keywords, and documents, of one class
_SUMMARY_WEIGHT = 3.0  # documents that all keywords of a class together stand for


@dataclass(frozen=True, eq=False, repr=False)
class ProfileTable:
    """Class profiles that passed the checks, one row per class.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted class labels.
    descriptions : PackedStrings of length n_classes
        One sentence each; ``''`` where there is none.
    keywords : PhraseLists of length n_classes
        Phrases typical of each class; may be empty.
    documents : PhraseLists of length n_classes
        Invented documents of each class; may be empty.
    report : mapping of str to int
        How many things the checks dropped, by kind; kinds at 0 left out.

    Examples
    --------
    >>> from sklearn_tagkd import LLMRationaleTransformer, datasets
    >>> docs = datasets.load_docs()
    >>> step = LLMRationaleTransformer(class_profiles=docs.class_profiles, max_nodes=0)
    >>> step.fit_transform(docs.graph).annotations["profiles"]
    ProfileTable(classes=16 of 16, documents=160)
    """

    classes: NDArray[Any]
    descriptions: PackedStrings
    keywords: PhraseLists
    documents: PhraseLists
    report: Mapping[str, int]

    def __len__(self) -> int:
        """Count the classes of which anything is known."""
        return len(self.to_records())

    def __repr__(self) -> str:
        return (
            f"ProfileTable(classes={len(self)} of {len(self.classes)}, "
            f"documents={len(self.documents.phrases)})"
        )

    def restrict(self, positions: NDArray[np.int64], n_nodes: int) -> ProfileTable:
        """Return what is left when only some nodes of the graph are kept.

        Parameters
        ----------
        positions : ndarray of int64 of shape (n_kept,)
            Old positions of the kept nodes, in their new order.
        n_nodes : int
            Number of nodes before.

        Returns
        -------
        ProfileTable
            The same: what is known of classes is not about any node.
        """
        return self

    def extended(self, n_nodes: int) -> ProfileTable:
        """Return what holds once nodes are appended.

        Parameters
        ----------
        n_nodes : int
            Number of nodes after.

        Returns
        -------
        ProfileTable
            The same: what is known of classes is not about any node.
        """
        return self

    def relabelled(self, classes: NDArray[Any]) -> ProfileTable:
        """Return the same profiles under other labels.

        Parameters
        ----------
        classes : ndarray of shape (n_classes,)
            A sorted label for each class.

        Returns
        -------
        ProfileTable
            With these classes.
        """
        return replace(self, classes=classes)

    def labelled_documents(self) -> tuple[list[str], NDArray[np.int64]]:
        """Return all invented documents, and of which class each is.

        Returns
        -------
        documents : list of str
            Class after class.
        codes : ndarray of int64 of shape (n_documents,)
            Places in ``classes``.
        """
        counts = np.diff(self.documents.offsets)
        codes = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
        return list(self.documents.phrases), codes

    def lessons(self) -> tuple[list[str], NDArray[np.int64], NDArray[np.float64]]:
        """Return the texts to learn classes from.

        Documents, and the keywords of each class as one more; the description alone
        where a class has neither.

        Returns
        -------
        texts : list of str
            Documents first.
        codes : ndarray of int64 of shape (n_texts,)
            Of which class each is: places in ``classes``.
        weights : ndarray of float64 of shape (n_texts,)
            How much each tells beside a document.
        """
        texts, of_documents = self.labelled_documents()
        has_documents = np.isin(np.arange(len(self.classes)), of_documents)
        summaries = [
            keywords or ("" if is_shown else description)
            for keywords, description, is_shown in zip(
                self.keywords.joined(), self.descriptions, has_documents, strict=True
            )
        ]
        codes = np.flatnonzero([bool(text) for text in summaries])
        weights = np.ones(len(texts) + len(codes))
        weights[len(texts) :] = _SUMMARY_WEIGHT
        return (
            texts + [summaries[code] for code in codes],
            np.concatenate([of_documents, codes]),
            weights,
        )

    def to_records(self) -> list[ClassProfile]:
        """Return the profiles as records, to read or to write to a file.

        Returns
        -------
        list of ClassProfile
            One per class of which anything is known.
        """
        columns = (self.classes.tolist(), self.descriptions, self.keywords)
        return [
            ClassProfile(str(label), description, tuple(keywords), tuple(documents))
            for label, description, keywords, documents in zip(
                *columns, self.documents, strict=True
            )
            if description or keywords or documents
        ]


def check_profiles(
    profiles: Iterable[ClassProfile], classes: Sequence[Any] | NDArray[Any]
) -> ProfileTable:
    """Check class profiles and align them to the classes of a graph.

    Parameters
    ----------
    profiles : iterable of ClassProfile
        In any order; the last of several of the same class counts.
    classes : sequence of labels
        Known classes; a profile names them by ``str(label)``.

    Returns
    -------
    ProfileTable
        What passed. ``report`` counts what was dropped, by kind:
        ``unknown_class``, ``repeated_class``, ``empty_profile`` (nothing in it was
        left), ``empty_keyword``, ``empty_document``, ``repeated_keyword``,
        ``repeated_document`` (the same document in one class again),
        ``ambiguous_document`` (the same document in two classes, dropped from all),
        ``long_description`` (over 2,000 characters), ``long_keyword`` (over 200),
        ``long_document`` (over 20,000), ``surplus_keyword`` and
        ``surplus_document`` (over 200 of a class).

    Examples
    --------
    >>> from sklearn_tagkd.rationales import ClassProfile, check_profiles
    >>> table = check_profiles(
    ...     [ClassProfile("sport", documents=["A late goal.", "a late  goal."])],
    ...     ["politics", "sport"],
    ... )
    >>> table, dict(table.report)
    (ProfileTable(classes=1 of 2, documents=1), {'repeated_document': 1})
    """
    labels = np.unique(np.asarray(classes))
    report: Counter[str] = Counter()
    codes = ClassCodes(labels.tolist())
    of_class: dict[int, ClassProfile] = {}
    for profile in profiles:
        code = codes.get(profile.name, -1)
        if code < 0:
            report["unknown_class"] += 1
            continue
        report["repeated_class"] += code in of_class
        of_class[code] = profile
    nothing = ClassProfile("")
    rows = [of_class.get(code, nothing) for code in range(len(labels))]
    documents = [_check_texts(row.documents, "document", report) for row in rows]
    documents = _unambiguous(documents, report)
    keywords = [_check_texts(row.keywords, "keyword", report) for row in rows]
    descriptions = [_check_description(row.description, report) for row in rows]
    columns = zip(descriptions, keywords, documents, strict=True)
    for code, parts in enumerate(columns):
        report["empty_profile"] += code in of_class and not any(parts)
    return ProfileTable(
        classes=labels,
        descriptions=PackedStrings.pack(descriptions),
        keywords=PhraseLists.pack(keywords),
        documents=PhraseLists.pack(documents),
        report={kind: count for kind, count in sorted(report.items()) if count},
    )


def _check_description(text: str, report: Counter[str]) -> str:
    is_long = len(text) > _LONGEST["description"]
    report["long_description"] += is_long
    return "" if is_long else text.strip()


def _check_texts(texts: Sequence[str], kind: str, report: Counter[str]) -> list[str]:
    """Return the texts that are neither empty, too long, repeated nor too many."""
    kept: dict[str, str] = {}
    for text in texts:
        folded = _fold(text)
        if not folded:
            report[f"empty_{kind}"] += 1
        elif len(text) > _LONGEST[kind]:
            report[f"long_{kind}"] += 1
        elif folded in kept:
            report[f"repeated_{kind}"] += 1
        elif len(kept) == _MOST:
            report[f"surplus_{kind}"] += 1
        else:
            kept[folded] = text.strip()
    return list(kept.values())


def _unambiguous(documents: list[list[str]], report: Counter[str]) -> list[list[str]]:
    """Leave out documents that stand for several classes: they tell none apart."""
    n_classes = Counter(_fold(text) for texts in documents for text in texts)
    kept = [
        [text for text in texts if n_classes[_fold(text)] == 1] for texts in documents
    ]
    report["ambiguous_document"] += sum(map(len, documents)) - sum(map(len, kept))
    return kept


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()
