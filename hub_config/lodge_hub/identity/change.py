"""Changes the directory of the embedded provider: one order as JSON on stdin, one answer on stdout.

Run as ``python -m lodge_hub.identity.change`` with ``CANAILLE_CONFIG``; see
:mod:`lodge_hub.identity.directory`.
"""

from __future__ import annotations

import datetime
import json
import sys
from typing import Any

from canaille import create_app
from canaille.app import models
from canaille.app.installation import install
from canaille.backends import Backend


def main() -> None:
    """Carry the order out."""
    order = json.load(sys.stdin)
    app = create_app(init_backend=False)
    with app.app_context():
        if "list" not in order:
            install(app)
        with Backend.instance.session():
            try:
                answer = _people() if "list" in order else _carry_out(order)
            except ValueError as error:
                answer = {"error": str(error)}
    sys.stdout.write(f"\n{json.dumps(answer)}\n")


def _people() -> dict[str, Any]:
    return {
        "people": [
            {
                "name": user.user_name,
                "full_name": user.formatted_name,
                "email": (user.emails or [""])[0],
                "groups": sorted(group.display_name for group in user.groups),
                "locked": bool(user.lock_date),
            }
            for user in sorted(Backend.instance.query(models.User), key=lambda one: one.user_name)
        ]
    }


def _carry_out(order: dict[str, Any]) -> dict[str, Any]:
    if order["client"]:
        _client(order["client"])
    created = [
        person["name"] for person in order["people"] if _person(person, change=order["change"])
    ]
    if order["lock"]:
        user = _find(order["lock"])
        user.lock_date = datetime.datetime.now(datetime.UTC)
        Backend.instance.save(user)
        _revoke(user)
    if order["remove"]:
        user = _find(order["remove"])
        _revoke(user)
        Backend.instance.delete(user)
    return {"created": created}


def _revoke(user: Any) -> None:
    """Delete what the provider has given out in the user's name: the hub notices by it."""
    for token in Backend.instance.query(models.Token, subject=user):
        Backend.instance.delete(token)


def _client(wanted: dict[str, Any]) -> None:
    backend = Backend.instance
    client = backend.get(models.Client, client_id=wanted["client_id"])
    if client is None:
        client = models.Client(
            client_id=wanted["client_id"],
            client_id_issued_at=datetime.datetime.now(datetime.UTC),
        )
    for name, value in wanted.items():
        setattr(client, name, value)
    backend.save(client)
    if not client.audience:
        # Its own id, or `aud` of the id token is an empty list.
        client.audience = [client]
        backend.save(client)


def _person(wanted: dict[str, Any], *, change: bool) -> bool:
    backend = Backend.instance
    user = backend.get(models.User, user_name=wanted["name"])
    new = user is None
    if new:
        full_name = wanted["full_name"] or wanted["name"].capitalize()
        given, _, family = full_name.rpartition(" ")
        user = models.User(
            user_name=wanted["name"],
            formatted_name=full_name,
            given_name=given or full_name,
            family_name=family or full_name,
            emails=[wanted["email"] or f"{wanted['name']}@lodge.localhost"],
        )
        backend.save(user)
    if wanted["password"] and (new or change):
        backend.set_user_password(user, wanted["password"])
        user.lock_date = None
        backend.save(user)
    if new or change:
        for name in wanted["groups"]:
            _join(user, name)
    return new


def _join(user: Any, name: str) -> None:
    backend = Backend.instance
    group = backend.get(models.Group, display_name=name)
    if group is None:
        backend.save(models.Group(display_name=name, members=[user]))
    elif user not in group.members:
        group.members = [*group.members, user]
        backend.save(group)


def _find(name: str) -> Any:
    user = Backend.instance.get(models.User, user_name=name)
    if user is None:
        raise ValueError(f"There is no user {name}; `lodge user list` names them.")
    return user


if __name__ == "__main__":
    main()
