"""Chinese words of the pages of schedules."""

MESSAGES: dict[str, str] = {}
