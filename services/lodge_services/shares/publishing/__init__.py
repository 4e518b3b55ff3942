"""Shares as pages of wikis: who asked for what, what became of it, and who brings it there."""
