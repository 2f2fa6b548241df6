"""What scikit-learn asks of every step, and nothing of the method.

Takes what users pass to ``fit`` and ``predict``; gives a checked graph, labels told
from their absence, tasks for callbacks, constraints of shared parameters, diagrams and
docstrings. May call ``graph`` and ``nn`` (for the names of backbones).
"""
