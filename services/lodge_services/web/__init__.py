"""The HTTP side that every Lodge service shares."""
