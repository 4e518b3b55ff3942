"""How Lodge's pages look and speak: templates, style, words and times."""
