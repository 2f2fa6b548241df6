"""From what came back to an answer that can be believed, or a reason why not."""
