"""Schedules: notebooks that run at their times, and what became of each run."""
