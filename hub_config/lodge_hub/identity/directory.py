"""Users, groups and the client in the embedded provider.

Canaille's own command takes passwords as arguments, which every process of the machine could
read, and needs a process for each change. So its models are changed by one process
(`lodge_hub.identity.change`) that reads what to do from its standard input.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


class IdentityError(Exception):
    """A change was refused; the message says why."""


@dataclass(frozen=True)
class Person:
    """A user of the embedded provider.

    Parameters
    ----------
    name
        The user name.
    password
        The password, or None to leave it as it is.
    full_name, email
        Shown on the provider's pages. None makes them from the name.
    groups
        The user is added to these; they are made where they are new.
    """

    name: str
    password: str | None = None
    full_name: str | None = None
    email: str | None = None
    groups: list[str] = field(default_factory=list)


def apply(
    config: Path,
    *,
    client: dict[str, Any] | None = None,
    people: Sequence[Person] = (),
    change: bool = False,
    lock: str | None = None,
    remove: str | None = None,
) -> list[str]:
    """Change the provider's directory; return the names of users that are new.

    Parameters
    ----------
    config
        Canaille's settings file.
    client
        The OIDC client to make, or to bring up to date, by ``client_id``.
    people
        Users to make. One that is there stays as it is, unless `change`.
    change
        Whether users that are there get the given password and groups.
    lock
        Name of a user who may not sign in any more.
    remove
        Name of a user who is deleted.

    Raises
    ------
    IdentityError
        The provider refused; nothing of the refused user was kept.
    """
    answer = _ask(
        config,
        {
            "client": client,
            "people": [asdict(person) for person in people],
            "change": change,
            "lock": lock,
            "remove": remove,
        },
    )
    return list(answer["created"])


def list_people(config: Path) -> list[dict[str, Any]]:
    """Return the users as ``{name, full_name, email, groups, locked}``, by name."""
    return list(_ask(config, {"list": True})["people"])


def _ask(config: Path, order: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "lodge_hub.identity.change"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CANAILLE_CONFIG": str(config)},
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError) as error:
        tail = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise IdentityError(f"The identity provider could not be set up: {tail}") from error
    if "error" in answer:
        raise IdentityError(answer["error"])
    return answer
