"""The shell: ``sklearn-tagkd``; the commands of the whole way are in ``jobs``.

Takes options and folders; gives tables, pictures and reports. May call everything, and
nothing calls it.
"""
