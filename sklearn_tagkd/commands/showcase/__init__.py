"""The main job end to end, as a command shows it: fit, score, explain, draw."""
