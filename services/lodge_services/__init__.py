"""Hub services of Lodge."""
