"""MediaWiki, and a notebook as its wikitext."""
