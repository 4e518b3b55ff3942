"""Publishing shares to wikis: who asks for it, and who brings it there."""
