"""Telling people when a schedule fails, is late, takes longer than usual, or works again."""
