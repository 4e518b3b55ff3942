"""Magics of Lodge."""
