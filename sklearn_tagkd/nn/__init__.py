"""The only folder that imports torch: numpy arrays in, numpy arrays out.

Takes rows, links and what to learn; gives a fitted network and its outputs. It knows
neither a ``TextGraph`` nor scikit-learn, and may call ``utils`` alone.
``config``, ``inputs``, ``terms`` and ``fitted`` are plain values and load without
torch; ``plain`` computes rows by numpy where no torch is, and ``growth`` finds what a
few nodes of a graph that has grown look at.
"""
