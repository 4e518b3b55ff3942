"""Single sign-on for Lodge."""
