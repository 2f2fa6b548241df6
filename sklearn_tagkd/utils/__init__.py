"""Small helpers that belong to no step of the pipeline, and know none of them.

``estimator_checks`` is the exception: our contract, for anyone's estimator. It stands
above everything but the shell, and nothing calls it.
"""
