"""Jobs of this user's notebooks, and their runs."""
