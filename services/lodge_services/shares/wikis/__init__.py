"""The wikis that shares are published to: a file for each kind, below one small interface."""
