"""``python -m sklearn_tagkd``."""

import sys

from sklearn_tagkd.commands.cli import main

if __name__ == "__main__":
    sys.exit(main())
