"""A saved model behind FastAPI: all of the server, in one file.

Start it with ``MODEL=model.safetensors uvicorn fastapi_app:app``, and ask it::

    curl localhost:8000/predict -H 'content-type: application/json' \
        -d '{"texts": ["Solve a linear system.", "Its condition."], "links": [[0, 1]]}'
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, Field

import sklearn_tagkd
from sklearn_tagkd.serving import ServedModel


class Documents(BaseModel):
    """Texts, and the links among them as pairs of positions in the list."""

    texts: list[Annotated[str, Field(max_length=100_000)]] = Field(max_length=1000)
    links: list[tuple[int, int]] = Field(default=[], max_length=100_000)


class Answer(BaseModel):
    """What the model says of one document."""

    label: str
    confidence: float
    probabilities: dict[str, float]


@asynccontextmanager
async def load_model(app: FastAPI) -> AsyncIterator[None]:
    """Read the model once, before the first request."""
    model = sklearn_tagkd.load(os.environ["MODEL"])
    model.predict(["a first text"])  # what it takes is imported now, not when asked
    app.state.model = model
    yield


app = FastAPI(title="Which class is a document of?", lifespan=load_model)


@app.post("/predict")
def predict(documents: Documents, request: Request) -> list[Answer]:
    """Answer about every document; FastAPI runs this in a thread of its own."""
    if not documents.texts:
        return []
    model = request.app.state.model
    try:
        if isinstance(model, ServedModel):  # the [serve] extra: numpy alone
            shares = model.predict_proba(documents.texts, documents.links)
        else:
            graph = sklearn_tagkd.TextGraph(documents.texts, documents.links)
            shares = model.predict_proba(graph)
    except ValueError as error:  # a link to nowhere; texts are never quoted
        raise HTTPException(status_code=422, detail=str(error)) from None
    classes = [str(label) for label in model.classes_]
    return [
        Answer(
            label=classes[row.argmax()],
            confidence=row.max(),
            probabilities=dict(zip(classes, row.tolist(), strict=True)),
        )
        for row in shares
    ]
