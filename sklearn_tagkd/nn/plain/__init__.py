"""``mlp`` and ``decoupled`` by numpy alone, for places where no torch is."""
