"""How an audit of the language model is written and read."""

from __future__ import annotations

import math
from typing import Any

from sklearn_tagkd.saving.checks import Reader, is_word
from sklearn_tagkd.saving.codecs import Codec
from sklearn_tagkd.saving.parts import SavedAudit
from sklearn_tagkd.saving.precision import TensorWriter

_MOST_CLASSES, _LONGEST_LABEL = 100_000, 10_000


def _write_audit(audit: Any, _: TensorWriter) -> dict[str, Any] | None:
    if audit is None:
        return None
    shares = [audit.right, *audit.of_class.values(), (audit.answer_weight,)]
    shares += [audit.agreement or ()]
    if not all(math.isfinite(number) for share in shares for number in share):
        return None
    return {
        "right": [float(number) for number in audit.right],
        "source": str(audit.source),
        "n_answers": int(audit.n_answers),
        "of_class": [
            [label, *map(float, share)] for label, share in audit.of_class.items()
        ],
        "answer_weight": float(audit.answer_weight),
        "agreement": audit.agreement and [float(number) for number in audit.agreement],
    }


def _read_audit(reader: Reader) -> SavedAudit | None:
    if reader.is_none:
        return None
    of_class = {}
    for entry in reader.at("of_class").entries(_MOST_CLASSES):
        label, *share = entry.entries(4) or entry.refuse("a label and three shares")
        of_class[_read_label(label)] = _read_shares(share, entry)
    right = reader.at("right")
    return SavedAudit(
        _read_shares(right.entries(3), right),
        reader.at("source").string(100, is_word),
        reader.at("n_answers").count(),
        of_class,
        reader.at("answer_weight").number(0, 1e6),
        _read_agreement(reader),
    )


def _read_agreement(reader: Reader) -> tuple[float, ...] | None:
    if "agreement" not in reader.names():  # of a file written before there was one
        return None
    found = reader.at("agreement")
    return None if found.is_none else _read_shares(found.entries(3), found)


def _read_shares(numbers: list[Reader], place: Reader) -> tuple[float, ...]:
    if len(numbers) != 3:
        place.refuse("three shares")
    return tuple(number.number(-1, 2) for number in numbers)


def _read_label(reader: Reader) -> Any:
    label = reader.plain()
    if isinstance(label, bool):
        return label
    if type(label) is int:
        return reader.count(-(2**63), 2**64 - 1)
    if isinstance(label, float):
        return reader.number(-1.8e308, 1.8e308)
    return reader.string(_LONGEST_LABEL, lambda _: True)


AUDIT = Codec(_write_audit, _read_audit)
