"""Log a saved model with MLflow, load it again, and score a table.

``python log_to_mlflow.py model.safetensors`` does so where MLFLOW_TRACKING_URI points.
"""

import os
import sys
from pathlib import Path

# MLflow tells its makers what is used unless it is asked not to.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from mlflow.types.schema import Array

import sklearn_tagkd

DOCUMENTS = pd.DataFrame(
    {"text": ["Solve a linear system.", "Its condition."], "links": [[1], [0]]}
)
SIGNATURE = ModelSignature(
    inputs=Schema(
        [ColSpec("string", "text"), ColSpec(Array("long"), "links", required=False)]
    ),
    outputs=Schema([ColSpec("string", "label"), ColSpec("double", "confidence")]),
)


def log(model_file: str) -> str:
    """Log a saved model and return its address."""
    with mlflow.start_run():
        logged = mlflow.pyfunc.log_model(
            name="documents",
            python_model=Path(__file__).with_name("mlflow_model.py"),
            artifacts={"model": model_file},
            signature=SIGNATURE,
            input_example=DOCUMENTS,
            # [serve] is enough for an `mlp` or `decoupled` model with "hashing".
            pip_requirements=[f"sklearn-tagkd[train]=={sklearn_tagkd.__version__}"],
        )
    return logged.model_uri


if __name__ == "__main__":
    model = mlflow.pyfunc.load_model(log(sys.argv[1]))
    print(model.predict(DOCUMENTS))
