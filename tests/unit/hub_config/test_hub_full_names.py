"""What the hub knows people's full names by."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from jupyterhub.crypto import CryptKeeper
from lodge_hub.full_names import FullNames, name_in


@pytest.mark.parametrize(
    ("state", "name"),
    [
        ({"user": {"name": " Ada\n Lovelace "}}, "Ada Lovelace"),
        ({"user": {}}, ""),
        ({"user": {"name": 1}}, ""),
        ({"user": None}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_the_claim(state: Any, name: str) -> None:
    assert name_in(state, "user") == name


def test_a_name_changes_with_the_next_sign_in() -> None:
    keeper = CryptKeeper.instance(keys=[Fernet.generate_key()])
    try:

        def kept(name: str) -> bytes:
            said: bytes = keeper.fernet.encrypt(json.dumps({"user": {"name": name}}).encode())
            return said

        names = FullNames("user")
        user: Any = SimpleNamespace(id=1, encrypted_auth_state=None)
        assert names.of(user) == ""
        user.encrypted_auth_state = kept("Ada Byron")
        assert names.of(user) == "Ada Byron"
        user.encrypted_auth_state = kept("Ada Lovelace")
        assert names.of(user) == "Ada Lovelace"
        # Of a key that is gone.
        user.encrypted_auth_state = Fernet(Fernet.generate_key()).encrypt(b"{}")
        assert names.of(user) == ""
    finally:
        CryptKeeper.clear_instance()
