"""Runs for a range of past times: which intervals it has, which of them are still to be run."""
