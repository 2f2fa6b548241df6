"""Accuracy on nodes without an answer: what ``sklearn-tagkd benchmark`` does.

    python benchmarks/accuracy.py docs
    python benchmarks/accuracy.py FOLDER --rows gcn student --answers 140 --subsets 10

``--help`` lists the options; the report says how it was measured.
"""

import sys

from sklearn_tagkd.commands.cli import main

if __name__ == "__main__":
    sys.exit(main(["benchmark", *sys.argv[1:]]))
