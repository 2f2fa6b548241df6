"""How requests travel: the SDK, how many at a time, and the loop they run on."""
