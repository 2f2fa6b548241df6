"""Small helpers that belong to no step of the pipeline."""
