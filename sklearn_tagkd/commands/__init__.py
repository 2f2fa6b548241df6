"""The shell: ``sklearn-tagkd demo | evaluate | benchmark``.

Takes options and folders; gives tables, pictures and reports. May call everything, and
nothing calls it.
"""
