"""A few nodes of a graph that has grown, at the cost of what lies around them."""
