"""The name of a user's namespace, told without a spawner of that user."""

from __future__ import annotations

from kubespawner.slugs import escape_slug, safe_slug  # type: ignore[import-untyped]

#: Of a name in a template, as KubeSpawner cuts it.
_LONGEST = 48


def user_namespace(template: str, user: str) -> str:
    """Return the name of a user's namespace, as KubeSpawner makes it by its scheme `safe`.

    Parameters
    ----------
    template
        As `SparkKubeSpawner.user_namespace_template`, with `{username}`, `{safe_username}` or
        `{escaped_username}` in it.
    user
        The user's name, as the hub has it.

    Raises
    ------
    ValueError
        The template asks for something else.
    """
    safe = safe_slug(user, max_length=_LONGEST)
    names = {"username": safe, "safe_username": safe, "escaped_username": escape_slug(user)}
    try:
        made = template.format(**names)
    except (KeyError, IndexError, AttributeError) as error:
        told = ", ".join(f"{{{name}}}" for name in names)
        said = f"{template!r} names no namespace: of a user it may hold {told}"
        raise ValueError(said) from error
    return made if template.endswith("-") else made.rstrip("-")
