"""``lodge user``: accounts of the embedded identity provider."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from ..identity import IdentityError, Person, apply, list_people
from ..passwords import new_password
from .options import config_option, data_dir_option, data_folder, read_settings

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@click.group()
def user() -> None:
    """Manage the accounts of Lodge's own identity provider."""


def _provider(config: Path | None, data_dir: Path | None) -> tuple[Path, list[str]]:
    settings = read_settings(config, {"data_dir": str(data_dir) if data_dir else None})
    if settings.identity.issuer:
        raise click.ClickException(
            f"Accounts are kept by {settings.identity.issuer}: add and change them there."
        )
    path = data_folder(settings).identity / "canaille.toml"
    try:
        known = path.exists()
    except PermissionError:
        known = False
    if not known:
        raise click.ClickException(
            f"There is no Lodge in {path.parents[1]}, or it is not yours: start it once with "
            "`lodge up`, or name its folder with --data-dir."
        )
    return path, settings.identity.admin_groups


def _password(wanted: str | None, *, generate: bool) -> str:
    if generate or wanted:
        return wanted or new_password()
    return str(
        click.prompt("Password (8 characters or more)", hide_input=True, confirmation_prompt=True)
    )


_generate = click.option(
    "--generate", is_flag=True, help="Make a password and print it, instead of asking for one."
)


@user.command()
@click.argument("name")
@click.option("--full-name", help="Name shown on pages.")
@click.option("--email", help="Mail address.")
@click.option("--group", "groups", multiple=True, help="A group of the user; may be repeated.")
@click.option("--admin", is_flag=True, help="Make the user an admin of Lodge.")
@_generate
@config_option
@data_dir_option
def add(
    name: str,
    full_name: str | None,
    email: str | None,
    groups: tuple[str, ...],
    admin: bool,
    generate: bool,
    config: Path | None,
    data_dir: Path | None,
) -> None:
    """Add the user NAME. The password is asked for, or made with --generate."""
    if not _NAME.fullmatch(name):
        raise click.ClickException(
            f"{name!r} can't be a user name: take lower-case letters, digits, '.', '_' and '-', "
            "63 at the most, beginning with a letter or digit."
        )
    path, admin_groups = _provider(config, data_dir)
    password = _password(None, generate=generate)
    if len(password) < 8:
        raise click.ClickException("The password is too short: take 8 characters or more.")
    joined = [*groups, *(admin_groups[:1] if admin else [])]
    created = _order(path, Person(name, password, full_name, email, joined), change=False)
    if not created:
        raise click.ClickException(
            f"There is a user {name} already; `lodge user password {name}` changes the password."
        )
    click.echo(f"{name} can sign in{f' with the password {password}' if generate else ''}.")


@user.command()
@click.argument("name")
@_generate
@config_option
@data_dir_option
def password(name: str, generate: bool, config: Path | None, data_dir: Path | None) -> None:
    """Set the password of the user NAME, and unlock the account."""
    path, _ = _provider(config, data_dir)
    _known(path, name)
    new = _password(None, generate=generate)
    if len(new) < 8:
        raise click.ClickException("The password is too short: take 8 characters or more.")
    _order(path, Person(name, new), change=True)
    click.echo(f"{name} has a new password{f': {new}' if generate else ''}.")


@user.command()
@click.argument("name")
@config_option
@data_dir_option
def lock(name: str, config: Path | None, data_dir: Path | None) -> None:
    """Lock the user NAME out.

    Within a minute sessions, tokens and the server end, and runs with them; jobs wait. Files and
    shares stay.
    """
    path, _ = _provider(config, data_dir)
    _known(path, name)
    try:
        apply(path, lock=name)
    except IdentityError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{name} can't sign in any more; `lodge user password {name}` unlocks the account.")


@user.command()
@click.argument("name")
@config_option
@data_dir_option
def remove(name: str, config: Path | None, data_dir: Path | None) -> None:
    """Remove the account of the user NAME.

    What ends is what `lodge user lock` ends, for good. The home folder and shares stay.
    """
    path, _ = _provider(config, data_dir)
    _known(path, name)
    try:
        apply(path, remove=name)
    except IdentityError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{name} has no account any more; the home folder and what {name} shared are kept.")


@user.command("list")
@config_option
@data_dir_option
def list_users(config: Path | None, data_dir: Path | None) -> None:
    """List the users with their groups."""
    path, _ = _provider(config, data_dir)
    for person in _people(path):
        groups = f"  [{', '.join(person['groups'])}]" if person["groups"] else ""
        locked = "  locked" if person["locked"] else ""
        click.echo(f"{person['name']}  {person['full_name']}{groups}{locked}")


def _order(path: Path, person: Person, *, change: bool) -> list[str]:
    try:
        return apply(path, people=[person], change=change)
    except IdentityError as error:
        raise click.ClickException(str(error)) from error


def _people(path: Path) -> list[dict[str, Any]]:
    try:
        return list_people(path)
    except IdentityError as error:
        raise click.ClickException(str(error)) from error


def _known(path: Path, name: str) -> None:
    if name not in [person["name"] for person in _people(path)]:
        raise click.ClickException(f"There is no user {name}; `lodge user list` names them.")
