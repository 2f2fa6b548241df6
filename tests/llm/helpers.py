"""Questions and clients that several test files share."""

import os

from sklearn_tagkd.llm import OpenAIClient, Question

KEY = "sk-very-secret-key"
CLASSES = {"sport": "games and matches", "politics": ""}


def make_questions(n):
    return [
        Question(
            f"node-{i}",
            f"privatetext{i} about a late goal",
            ("x", "y"),
            (f"neighbourtext{i}", "a cup final"),
            CLASSES,
        )
        for i in range(n)
    ]


def make_client(server, folder, **options):
    chosen = {
        "base_url": server.url,
        "store": folder / "answers.sqlite",
        "price": (1.0, 2.0),
        "retry_delay": 0.01,
        "poll_seconds": 0.01,
        "progress": False,
    }
    return OpenAIClient("gpt-4o-mini", **(chosen | options))


def examples(n):
    """As many examples as fit a change's tests; `make thorough` asks for more."""
    return n * int(os.environ.get("SKLEARN_TAGKD_EXAMPLES", "1"))
