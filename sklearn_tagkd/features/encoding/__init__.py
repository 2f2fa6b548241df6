"""From texts to numbers, each text once."""

from sklearn_tagkd.features.encoding.embed import embed_texts
from sklearn_tagkd.features.encoding.encoders import (
    DEFAULT_ENCODER,
    HashingEncoder,
    TextEncoder,
)

__all__ = ["DEFAULT_ENCODER", "HashingEncoder", "TextEncoder", "embed_texts"]
