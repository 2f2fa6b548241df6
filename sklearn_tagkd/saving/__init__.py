"""Fitted steps as one file that executes nothing.

Takes fitted steps; gives a file in the safetensors format (``container``), and of a
file plain values and arrays that are checked one by one (``codecs``,
``network_codecs``, ``document``), which ``restore`` makes steps of. ``attributes``
lists what is saved of which step, ``card`` tells it to people, ``onnx_graph`` to other
programs. Reading takes numpy alone, and may call ``nn``; what writes or restores may
call the steps, ``learning``, ``features``, ``estimators`` and ``graph`` too.
"""
