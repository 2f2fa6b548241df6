"""Predicting from a saved model where nothing but numpy is installed.

Takes what a file holds, and texts, links or embeddings; gives probabilities, those of
the full installation to 1e-5. It may call ``nn.plain``, the files of ``features`` that
take numpy alone, and ``saving``, to read.
"""

from sklearn_tagkd.serving.served_model import ServedModel

__all__ = ["ServedModel"]
