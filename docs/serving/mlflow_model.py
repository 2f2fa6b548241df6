"""A saved model as MLflow runs it: the code of a model, logged by log_to_mlflow.py.

MLflow keeps this file and the saved model side by side, and nothing is pickled. Its
input is a table with a column ``text`` and, if there are links among the rows, a column
``links``: for each row the positions of the rows that it is linked to.
"""

from typing import Any

import mlflow
import pandas as pd

import sklearn_tagkd
from sklearn_tagkd.serving import ServedModel


class DocumentClassifier(mlflow.pyfunc.PythonModel):
    """Labels, and how sure the model is of them."""

    def load_context(self, context: Any) -> None:
        """Read the model, once."""
        self.model = sklearn_tagkd.load(context.artifacts["model"])

    def predict(self, context: Any, model_input: pd.DataFrame) -> pd.DataFrame:
        """Answer about every row."""
        if model_input.empty:
            return pd.DataFrame({"label": [], "confidence": []})
        texts = model_input["text"].tolist()
        links = [
            (row, other)
            for row, others in enumerate(model_input.get("links", []))
            for other in others
        ]
        if isinstance(self.model, ServedModel):  # the [serve] extra: numpy alone
            shares = self.model.predict_proba(texts, links)
        else:
            shares = self.model.predict_proba(sklearn_tagkd.TextGraph(texts, links))
        labels = self.model.classes_[shares.argmax(axis=1)].astype(str)
        return pd.DataFrame({"label": labels, "confidence": shares.max(axis=1)})


mlflow.models.set_model(DocumentClassifier())
