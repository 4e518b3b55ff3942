"""What people are called on pages: names that can be shown, and nobody who passes for another."""

from __future__ import annotations

from typing import Any

import pytest
from lodge_services.web.people import LONGEST, full_names


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({}, {}),
        ({"ada": "Ada Lovelace", "wang": "王小明"}, {"ada": "Ada Lovelace", "wang": "王小明"}),
        ({"ada": "", "bob": "bob", "eve": None, "kim": ["Kim"]}, {}),
        # Two of one name, whatever the letters' case and width.
        (
            {"ada": "Ada Lovelace", "al": "ADA\u3000lovelace", "bob": "Bob B."},
            {"ada": "Ada Lovelace (ada)", "al": "ADA lovelace (al)", "bob": "Bob B."},
        ),
        # Somebody who takes another's login for a name.
        ({"eve": "Ada", "ada": "Ada Lovelace"}, {"eve": "Ada (eve)", "ada": "Ada Lovelace"}),
        ({"ada": "Ada", "bob": "B"}, {"ada": "Ada", "bob": "B"}),
        # What turns a line round, or is not seen.
        ({"eve": "\u202eevol\u200b\n E\x07"}, {"eve": "evol E"}),
        ({"eve": "e" * 500}, {"eve": "e" * LONGEST}),
    ],
)
def test_names_that_are_shown(said: dict[str, Any], names: dict[str, str]) -> None:
    assert full_names(said) == names


@pytest.mark.parametrize("said", [None, [], "ada", 1])
def test_what_is_no_names_is_told(said: Any) -> None:
    with pytest.raises(ValueError, match="no object of names"):
        full_names(said)
