"""Shares' pages in wikis as the database has them."""
