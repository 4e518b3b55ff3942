"""Kylin: its source, its REST interface, what comes of it and what goes to it."""
