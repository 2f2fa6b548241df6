"""A document as HTML, as Markdown, and as a dict; no text of it is ever markup."""
