"""From texts to numbers, each text once."""

from sklearn_tagkd.features.encoding import (
    DEFAULT_ENCODER,
    HashingEncoder,
    TextEncoder,
    embed_texts,
)

__all__ = ["DEFAULT_ENCODER", "HashingEncoder", "TextEncoder", "embed_texts"]

__path__: list[str] = []  # pickles of version 0.1.0 name modules below this one
