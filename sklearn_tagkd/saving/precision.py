"""How exactly numbers are kept: in half the space where no probability tells."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.plain.outputs import outputs_of_rows

__all__ = ["DIRECTION_STEP", "TensorWriter", "choose_precision", "pack", "unpack"]

DIRECTION_STEP = 8e-5  # between two directions of words that are told apart
_TOLERATED = 7e-4  # change of a probability on documents made up, harsher than real
_TOLERATED_AT_MOST = 2e-3  # were the document torn between two classes
_N_DOCUMENTS, _AT_ONCE = 1024, 64
_LENGTHS = [0.25, 1.0, 2.0]  # of a document, in mean lengths of a training text
_LONGEST_FEATURES = 1.0  # standard deviation of the logarithm of their length


@dataclass
class TensorWriter:
    """Collects tensors; equal ones are kept once.

    Parameters
    ----------
    halves : bool, default=False
        Whether matrices of weights are kept in float16.
    words : {'whole', 'half', 'steps'}, default='whole'
        How directions of words are: in float32, in float16, or packed.
    prefix : str, default=''
        Of the names of tensors.

    Attributes
    ----------
    tensors : dict of str to ndarray
        What was kept.
    """

    halves: bool = False
    words: str = "whole"
    prefix: str = ""
    tensors: dict[str, NDArray[Any]] = field(default_factory=dict, init=False)
    _known: dict[bytes, str] = field(default_factory=dict, init=False)

    def keep(self, name: str, array: NDArray[Any]) -> str:
        """Keep a tensor.

        Parameters
        ----------
        name : str
            Of the tensor, within its step.
        array : ndarray
            What to keep.

        Returns
        -------
        str
            Under which name it is found.
        """
        digest = hashlib.blake2b(f"{array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
        full = self._known.setdefault(digest.digest(), self.prefix + name)
        self.tensors[full] = array
        return full

    def halved(self, array: NDArray[np.float32]) -> NDArray[Any]:
        """Return a matrix as precise as it shall be kept.

        Parameters
        ----------
        array : ndarray of float32
            Weights; vectors stay what they are.

        Returns
        -------
        ndarray of float16 or float32
            Of the same shape.
        """
        if not self.halves or array.ndim < 2:
            return array.astype(np.float32)
        return array.astype(np.float16)


def pack(
    directions: NDArray[np.float32], rarity: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Write directions as whole numbers of steps, compressed.

    Rare words have short directions. So words go by rarity, and of small numbers
    the higher byte is 0: like comes beside like.

    Parameters
    ----------
    directions : ndarray of float32 of shape (n_buckets, n_dimensions)
        Between -1 and 1.
    rarity : ndarray of float32 of shape (n_buckets,)
        Of the words.

    Returns
    -------
    ndarray of uint8 of shape (n_bytes,)
        For :func:`unpack`.
    """
    ordered = directions[np.argsort(rarity, kind="stable")]
    steps = np.rint(ordered / DIRECTION_STEP).astype(np.int32)
    unsigned = np.where(steps < 0, -2 * steps - 1, 2 * steps).astype("<u2")
    planes = unsigned.ravel().view(np.uint8).reshape(-1, 2).T
    return np.frombuffer(zlib.compress(planes.tobytes(), 9), dtype=np.uint8)


def unpack(
    packed: NDArray[np.uint8], rarity: NDArray[np.float32], n_dimensions: int
) -> NDArray[np.float32] | None:
    """Read what :func:`pack` wrote.

    Parameters
    ----------
    packed : ndarray of uint8 of shape (n_bytes,)
        Of any origin.
    rarity : ndarray of float32 of shape (n_buckets,)
        Of the words.
    n_dimensions : int
        Columns of the directions.

    Returns
    -------
    ndarray of float32 of shape (n_buckets, n_dimensions), or None
        None where it is something else. No more memory is taken than it needs.
    """
    n_bytes = 2 * len(rarity) * n_dimensions
    reader = zlib.decompressobj()
    try:
        planes = reader.decompress(packed.tobytes(), n_bytes + 1)
    except zlib.error:
        return None
    if len(planes) != n_bytes or not reader.eof or reader.unused_data:
        return None
    pairs = np.frombuffer(planes, dtype=np.uint8).reshape(2, -1).T
    unsigned = np.ascontiguousarray(pairs).view("<u2").astype(np.int32)
    steps = np.where(unsigned % 2, -(unsigned + 1) // 2, unsigned // 2)
    directions = np.empty((len(rarity), n_dimensions), dtype=np.float32)
    order = np.argsort(rarity, kind="stable")
    directions[order] = steps.reshape(directions.shape) * np.float32(DIRECTION_STEP)
    return directions


def choose_precision(
    config: NetworkConfig, weights: dict[str, NDArray[Any]], space: Any
) -> tuple[bool, str]:
    """Tell what may be kept less exactly, by documents made up for the purpose.

    Parameters
    ----------
    config : NetworkConfig
        Of the network.
    weights : dict of str to ndarray
        Its weights.
    space : InputSpace
        What it looks at.

    Returns
    -------
    halves : bool
        Whether float16 is enough for the weights.
    words : {'whole', 'half', 'steps'}
        What is enough for the directions of words. Both together change no probability
        of the documents by more than 7e-4: of real ones by less.
    """
    if config.passes_messages:  # errors add up along the links
        return False, "whole"
    random = np.random.default_rng(0)
    text, counts, features = _documents(config, weights, space, random)
    # A propagated row is a mean of others: of another document's, here.
    other = random.permutation(_N_DOCUMENTS)
    share = random.random((_N_DOCUMENTS, 1), dtype=np.float32)

    def logits(halves: bool, words: str) -> NDArray[np.float64]:
        parts = [text, features]
        if counts is not None:
            parts.insert(1, _locate(counts, space.lexical, words))
        rows = np.concatenate(parts, axis=1)
        rows = np.tile(rows, (1, config.input_dim // rows.shape[1]))
        writer = TensorWriter(halves=halves)
        kept = {name: writer.halved(w) for name, w in weights.items()}
        heard = share * rows + (1 - share) * rows[other]
        seen = heard if config.backbone == "decoupled" else None
        return outputs_of_rows(config, kept, rows, seen, "logits").astype(np.float64)

    if _was_rounded(weights):  # once is enough: a file saved again says the same
        return True, "whole" if counts is None else _without_loss(space.lexical)
    exact = logits(False, "whole")
    for words in ("steps", "half", "whole") if counts is not None else ("whole",):
        with np.errstate(over="ignore", invalid="ignore"):  # too large for float16
            rounded = logits(True, words)
            change = np.abs(_shares(rounded) - _shares(exact)).max()
            # What it would be of a document between two classes, where it is most.
            moved = rounded - exact
            most = np.tanh((moved.max(axis=1) - moved.min(axis=1)).max() / 4)
        if change <= _TOLERATED and most <= _TOLERATED_AT_MOST:
            return True, words
    return False, "whole"


def _documents(
    config: NetworkConfig,
    weights: dict[str, NDArray[Any]],
    space: Any,
    random: np.random.Generator,
) -> tuple[NDArray[np.float32], Any, NDArray[np.float32]]:
    """Make documents up: text rows, counts of words by bucket, rows of features."""
    n_text, n_words, n_features = space.column_widths
    text = _unit(random.normal(size=(_N_DOCUMENTS, n_text)))
    if n_text:  # among them those that rounding moves most
        weight = weights["text_head.weight"][:, :n_text]
        worst = np.linalg.svd(weight - weight.astype(np.float16), False)[2]
        text[: len(worst)] = worst[:_N_DOCUMENTS]
    counts = None
    if n_words:
        counts = _bags_of_words(space.lexical.rarity, random)
    features = _unit(random.normal(size=(_N_DOCUMENTS, n_features)))
    features *= random.lognormal(sigma=_LONGEST_FEATURES, size=(_N_DOCUMENTS, 1))
    return text, counts, features.astype(np.float32)


def _bags_of_words(rarity: NDArray[np.float32], random: np.random.Generator) -> Any:
    """Draw words, each as often as it was in the training texts; short texts too."""
    from scipy.sparse import csr_array, vstack

    share = np.exp(1 - rarity)
    bags = []
    for _ in range(0, _N_DOCUMENTS, _AT_ONCE):
        length = random.choice(_LENGTHS, size=(_AT_ONCE, 1)).astype(np.float32)
        drawn = random.random((_AT_ONCE, len(share)), dtype=np.float32)
        bags.append(csr_array((drawn < length * share) * rarity))
    return vstack(bags, format="csr")


def _was_rounded(weights: dict[str, NDArray[Any]]) -> bool:
    """Tell whether matrices are float16 already, as those of a loaded model are."""
    with np.errstate(over="ignore"):
        return all(
            np.array_equal(weight.astype(np.float16), weight)
            for weight in weights.values()
            if weight.ndim > 1
        )


def _without_loss(lexical: Any) -> str:
    """Return the shortest way to keep directions of words that changes none."""
    for words in ("steps", "half"):
        if np.array_equal(_rounded(lexical, words), lexical.directions):
            return words
    return "whole"


def _rounded(lexical: Any, words: str) -> NDArray[np.float32]:
    directions: NDArray[np.float32] = lexical.directions
    if words == "half":
        return directions.astype(np.float16).astype(np.float32)
    if words == "steps":
        packed = pack(directions, lexical.rarity)
        steps = unpack(packed, lexical.rarity, directions.shape[1])
        assert steps is not None  # what was packed here
        return steps
    return directions


def _locate(counts: Any, lexical: Any, words: str) -> NDArray[np.float32]:
    return _unit(counts @ _rounded(lexical, words))


def _shares(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.maximum(length, 1e-12)).astype(np.float32)
    return unit
