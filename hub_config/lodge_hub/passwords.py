"""Passwords that are made for people."""

from __future__ import annotations

import secrets


def new_password() -> str:
    """Return a password that can be read out: 96 bit."""
    return "-".join(secrets.token_hex(3) for _ in range(4))
