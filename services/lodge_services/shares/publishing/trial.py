"""Tries a wiki: writes a page, reads it, changes it and removes it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from ..wikis.base import Place, Refused, Wiki, WikiError


@dataclass(frozen=True)
class Trial:
    """How a trial went.

    Attributes
    ----------
    passed
        Whether shares can be published.
    message
        One sentence: as whom, or what is in the way.
    """

    passed: bool
    message: str


def tried(wiki: Wiki, place: Place) -> Trial:
    """Write a test page where shares' pages go, read it, change it and remove it.

    Parameters
    ----------
    wiki
        The wiki.
    place
        Where shares' pages go.
    """
    summary = "Lodge tries whether it can publish here"
    try:
        name = wiki.who()
        title = wiki.title(place, f"Lodge test {secrets.token_hex(4)}")
        page = wiki.create(title, "Lodge tries whether it can write here.", summary, place)
        page = wiki.update(page, "Lodge can write here. This page can be deleted.", summary)
        read = wiki.page(page.id, page.revision)
        if read is None or read.text.strip() != page.text.strip():
            return Trial(
                passed=False, message=f"The page {title} does not say what was written to it."
            )
    except WikiError as error:
        return Trial(passed=False, message=error.message)
    try:
        wiki.remove(page, summary)
    except Refused as error:
        # Shares need no right to delete; whoever reads it knows what the page is.
        return Trial(
            passed=True,
            message=f"Pages can be written as {name}; {title} stays there: {error.message}",
        )
    except WikiError as error:
        return Trial(passed=False, message=error.message)
    return Trial(passed=True, message=f"Pages can be written as {name}.")
