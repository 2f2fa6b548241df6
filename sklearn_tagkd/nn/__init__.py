"""The only folder that imports torch: numpy arrays in, numpy arrays out.

It knows neither :class:`~sklearn_tagkd.TextGraph` nor scikit-learn. ``config``,
``inputs`` and ``terms`` are plain values and load without torch.
"""
