"""What a report on a model tells: a section per file."""
