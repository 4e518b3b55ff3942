"""Writes the reference pages that are made from the code: settings, traits, commands, magics."""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard, get_args, get_origin

import click
import yaml  # type: ignore[import-untyped]
from lodge_authenticator import LodgeAuthenticator
from lodge_hub.cli import main
from lodge_hub.settings import Settings
from lodge_magics.arguments import Option
from lodge_magics.spark import magic as spark_magic
from lodge_magics.spark import options as spark_options
from lodge_magics.sql import options as sql_options
from lodge_spawner import LodgeLocalSpawner, SparkKubeSpawner
from lodge_spawner.reaper_service import Reaper
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from traitlets.config import Configurable


def settings_page() -> str:
    """Return the reference of lodge.toml."""
    lines = [
        "# Settings: `lodge.toml`",
        "",
        "One file, read by `lodge up --config FILE` (or `lodge.toml` in the current folder).",
        "Every key has a default; unknown keys and values of another type are refused with file",
        "and line. Secrets are named by variable or file, never written here.",
    ]
    lines += ["", "## Top level", ""]
    lines += _tables("", Settings)
    return "\n".join(lines) + "\n"


def _tables(path: str, model: type[BaseModel]) -> list[str]:
    """Return the keys of a table, then its sub-tables, each below a heading of its own."""
    lines: list[str] = []
    below: list[str] = []
    for name, field in model.model_fields.items():
        kinds = (field.annotation, *get_args(field.annotation))
        table = next((kind for kind in kinds if _is_table(field, kind)), None)
        if table is None:
            lines += _entry(name, field)
            continue
        named = f"{path}{name}" + (".NAME" if get_origin(field.annotation) is dict else "")
        below += ["", f"## `[{named}]`", "", inspect.getdoc(table) or "", ""]
        below += _tables(f"{named}.", table)
    return lines + below


def _is_table(field: FieldInfo, kind: Any) -> TypeGuard[type[BaseModel]]:
    listed = get_origin(field.annotation) is list
    return isinstance(kind, type) and issubclass(kind, BaseModel) and not listed


def _entry(name: str, field: FieldInfo) -> list[str]:
    kind = str(field.annotation)
    if isinstance(field.annotation, type):
        kind = field.annotation.__name__
    kind = kind.replace("typing.", "").replace("lodge_spawner.profiles.", "")
    default = "required" if field.is_required() else f"default `{_toml(field.default)}`"
    return [
        f"`{name}` ({kind.replace('Literal', 'one of ')}, {default})",
        f": {field.description}",
        "",
    ]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return str(value)


def command_page() -> str:
    """Return the reference of the lodge command."""
    lines = ["# The `lodge` command", ""]
    _command(main, "lodge", lines, 2)
    return "\n".join(lines) + "\n"


def _command(command: click.Command, path: str, lines: list[str], level: int) -> None:
    context = click.Context(command, info_name=path)
    if not isinstance(command, click.Group):
        text = command.get_help(context)
        lines += [f"{'#' * level} `{path}`", "", "```text", text, "```", ""]
    if isinstance(command, click.Group):
        for name, sub in command.commands.items():
            _command(sub, f"{path} {name}", lines, level)


def traits_page() -> str:
    """Return the reference of the classes that JupyterHub is configured with."""
    lines = [
        "# Authenticator and spawner",
        "",
        "`lodge up` sets these from `lodge.toml`; a hub of your own sets them in its",
        "`jupyterhub_config.py`. What JupyterHub and oauthenticator document stays as it is.",
    ]
    for kind in (LodgeAuthenticator, LodgeLocalSpawner, SparkKubeSpawner, Reaper):
        lines += ["", f"## `{kind.__name__}`", "", inspect.getdoc(kind) or "", ""]
        for name, trait in sorted(_own_traits(kind).items()):
            text = inspect.cleandoc(trait.help).replace("\n", " ")
            lines += [f"`{kind.__name__}.{name}` ({trait.__class__.__name__})", f": {text}", ""]
    return "\n".join(lines) + "\n"


def _own_traits(kind: type[Configurable]) -> dict[str, Any]:
    """Return the settings of a class that Lodge adds, itself or in a base of its own."""
    ours = [each for each in kind.__mro__ if each.__module__.startswith("lodge_")]
    found: dict[str, Any] = {}
    for each in reversed(ours):
        found |= each.class_own_traits(config=True)  # type: ignore[attr-defined]
    return found


def values_page() -> str:
    """Return the reference of the chart's values, from its schema."""
    chart = Path(__file__).parents[2] / "helm" / "lodge"
    schema = json.loads((chart / "values.schema.json").read_text(encoding="utf-8"))
    defaults = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
    lines = [
        "# Values of the chart",
        "",
        "What `helm install lodge helm/lodge --values FILE` reads; other keys are refused.",
        "",
        *_values(schema, defaults, ""),
    ]
    return "\n".join(lines) + "\n"


def _values(schema: Mapping[str, Any], defaults: Any, path: str) -> list[str]:
    plain: list[str] = []
    below: list[str] = []
    for name, each in schema.get("properties", {}).items():
        default = defaults.get(name) if isinstance(defaults, Mapping) else None
        if each.get("additionalProperties") is False and "properties" in each:
            below += [f"## `{path}{name}`", ""] if not path else []
            below += [f"{each['description']}", ""] if each.get("description") and not path else []
            below += _values(each, default, f"{path}{name}.")
        elif name != "global":
            kind = each["type"] if isinstance(each["type"], str) else " or ".join(each["type"])
            whole = default is None or (isinstance(default, Mapping) and default)
            told = "" if whole else f", default `{json.dumps(default, ensure_ascii=False)}`"
            plain += [f"`{path}{name}` ({kind}{told})", f": {each.get('description', '')}", ""]
    return plain + below


def magics_page() -> str:
    """Return the options of the magics, as their parsers know them."""
    return "\n".join(
        [
            "# Options of the magics",
            "",
            "[Magics](../magics.md) says how they behave.",
            *_magic("%%spark", "", spark_options.OPTIONS),
            *_commands("%spark", spark_magic.COMMANDS, " | OPTIONS"),
            *_magic("%%sql", "[VAR] ", sql_options.OPTIONS),
            *_commands("%sql", sql_options.CATALOG, ""),
            "",
        ]
    )


def _magic(name: str, first: str, options: Sequence[Option]) -> list[str]:
    usage = textwrap.wrap(
        f"{name} {first}" + " ".join(option.usage.replace(" ", "\0") for option in options),
        width=96,
        subsequent_indent=" " * (len(name) + 1),
        break_long_words=False,
        break_on_hyphens=False,
    )
    lines = ["", f"## `{name}`", "", "```text", *(line.replace("\0", " ") for line in usage), "```"]
    for option in options:
        repeated = "; may be repeated" if option.repeated else ""
        lines += ["", f"`{option.name} {option.value}`".replace(" `", "`")]
        lines += [f": {option.help}{repeated}"]
    return lines


def _commands(name: str, commands: Mapping[str, tuple[str, str]], more: str) -> list[str]:
    lines = ["", f"## `{name}`", "", "```text", f"{name} {' | '.join(commands)}{more}", "```"]
    for command, (follows, text) in commands.items():
        lines += ["", f"`{name} {command} {follows}`".replace(" `", "`"), f": {text}"]
    return lines


def write(app: Any) -> None:
    """Write the pages before Sphinx reads them."""
    folder = Path(app.srcdir) / "reference" / "generated"
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in (
        ("settings.md", settings_page()),
        ("lodge-command.md", command_page()),
        ("traits.md", traits_page()),
        ("magic-options.md", magics_page()),
        ("values.md", values_page()),
    ):
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != page:
            path.write_text(page, encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}
