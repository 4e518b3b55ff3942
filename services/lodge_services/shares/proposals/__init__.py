"""Changes that the owners of forks propose to what they have forked."""
