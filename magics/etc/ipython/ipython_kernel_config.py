"""Loads the magics of Lodge into every kernel of this environment."""

# `extra_extensions`, because users and their profiles assign `extensions` as a whole.
c.InteractiveShellApp.extra_extensions.append("lodge_magics")  # noqa: F821
