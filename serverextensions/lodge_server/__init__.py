"""Server extensions of Lodge."""
