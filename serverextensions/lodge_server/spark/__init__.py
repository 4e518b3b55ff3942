"""Spark sessions of the user: who runs, what they hold, and the driver's own UI."""
