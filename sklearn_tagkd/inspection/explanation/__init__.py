"""Why a label: which words, neighbours, links and answers carry it, and how well."""
