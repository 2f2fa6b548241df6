"""What there is to know of a graph before anybody is asked: a section per file."""
