"""Pages of the gallery: thin handlers over templates."""
