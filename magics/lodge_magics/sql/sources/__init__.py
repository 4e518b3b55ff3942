"""Databases behind one small interface."""
