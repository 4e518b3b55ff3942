"""Spawners of Lodge."""
