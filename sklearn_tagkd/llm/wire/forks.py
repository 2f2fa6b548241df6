"""A fork waits until an import is over: the child could never finish it."""

from __future__ import annotations

import os
import threading

__all__ = ["no_fork"]

no_fork = threading.RLock()
"""Held while something is done that a fork must not cut in two."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=no_fork.acquire,
        after_in_parent=no_fork.release,
        after_in_child=no_fork.release,
    )
