"""A repository of Markdown as a wiki, and a notebook as Markdown."""
