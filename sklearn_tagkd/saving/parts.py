"""What a model is made of once it is read: plain values, arrays, numpy alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.utils.link_kinds import LinkKind

__all__ = [
    "EncoderNote",
    "SavedAudit",
    "SavedLexicon",
    "SavedModel",
    "SavedScorer",
    "SavedSpace",
    "SavedStep",
]


@dataclass(frozen=True, eq=False)
class SavedLexicon:
    """Latent dimensions of words.

    Parameters
    ----------
    buckets : ndarray of int64 of shape (n_buckets,)
        Hashes of the words that count, ascending.
    rarity : ndarray of float32 of shape (n_buckets,)
        Inverse document frequencies.
    directions : ndarray of float32 of shape (n_buckets, n_dimensions)
        Of each word.
    """

    buckets: NDArray[np.int64]
    rarity: NDArray[np.float32]
    directions: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SavedSpace:
    """An input space.

    Parameters
    ----------
    text_center : ndarray of float32 of shape (n_text_dimensions,) or None
        Mean text embedding.
    n_features : int
        Feature columns.
    feature_scale : float
        Their factor.
    lexical : SavedLexicon or None
        Of the words.
    probe : ndarray of float32 of shape (n_text_dimensions,) or None
        What the encoder makes of a sentence that everyone knows.
    links : LinkKind or None
        What kind of links the model was fitted on, where that is known.
    """

    text_center: NDArray[np.float32] | None
    n_features: int
    feature_scale: float
    lexical: SavedLexicon | None
    probe: NDArray[np.float32] | None
    links: LinkKind | None = None

    @property
    def widths(self) -> tuple[int, int, int]:
        """How many columns of a row are of the text, of its words, of features."""
        n_text = 0 if self.text_center is None else len(self.text_center)
        n_words = 0 if self.lexical is None else self.lexical.directions.shape[1]
        return n_text, n_words, self.n_features


@dataclass(frozen=True, eq=False)
class SavedScorer:
    """What weighs links, as ``LinkScorer`` has it.

    Parameters
    ----------
    of_product, of_difference : ndarray of float32 of shape (n_dimensions,)
        Weights by column.
    intercept, mean_weight : float
        Constant part, and mean weight of the links it was fitted on.
    """

    of_product: NDArray[np.float32]
    of_difference: NDArray[np.float32]
    intercept: float
    mean_weight: float


@dataclass(frozen=True)
class SavedAudit:
    """How right a language model is, as ``TeacherAudit`` has it.

    Parameters
    ----------
    right : (float, float, float)
        Estimated share of right answers, and the interval around it.
    source : str
        What answers were held against.
    n_answers : int
        How many were looked at.
    of_class : dict of label to (float, float, float)
        The same by class.
    answer_weight : float
        What an answer counts beside a label.
    agreement : (float, float, float) or None
        Share of answers that held-out models agree with, and the interval around it.
    """

    right: tuple[float, ...]
    source: str
    n_answers: int
    of_class: dict[Any, tuple[float, ...]]
    answer_weight: float
    agreement: tuple[float, ...] | None


@dataclass(frozen=True)
class EncoderNote:
    """Which encoder a step was fitted with.

    Parameters
    ----------
    kind : {'name', 'hashing', 'object'}
        How it is known.
    name : str
        Name of the model, or type of the object.
    width : int
        Columns of ``HashingEncoder``, 0 for others.
    """

    kind: str
    name: str
    width: int = 0


@dataclass(frozen=True)
class SavedStep:
    """One fitted step.

    Parameters
    ----------
    name : str
        In its pipeline; ``''`` for a step alone.
    kind : str
        Its class.
    parameters : dict
        Those that a file can hold.
    left_out : list of str
        Parameters that it cannot hold, which get their defaults.
    fitted : dict
        Fitted attributes.
    encoder : EncoderNote or None
        Of a step that embeds texts.
    teacher : dict
        Who answered, for step 1: ``kind`` and ``model``.
    """

    name: str
    kind: str
    parameters: dict[str, Any]
    left_out: list[str]
    fitted: dict[str, Any]
    encoder: EncoderNote | None = None
    teacher: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SavedModel:
    """A model, read and checked.

    Parameters
    ----------
    is_pipeline : bool
        Or one step alone.
    steps : list of SavedStep
        In their order.
    made_by : dict of str to str
        Versions of the libraries at work.
    made_at : str
        Time in UTC, as ISO 8601 has it.
    """

    is_pipeline: bool
    steps: list[SavedStep]
    made_by: dict[str, str]
    made_at: str
