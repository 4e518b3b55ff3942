"""Confluence, Data Center and Cloud, and a notebook in its storage format."""
