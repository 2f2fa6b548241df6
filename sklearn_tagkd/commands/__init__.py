"""The shell: ``sklearn-tagkd``, the commands of the way in ``jobs``, and what shows them.

Takes options and folders; gives tables, pictures and reports. May call everything, and
nothing calls it.
"""
