"""Putting what runs have made on the pages of shares."""
