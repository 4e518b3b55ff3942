"""``lodge image``: images that servers run."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from ..image_check import (
    EngineError,
    Finding,
    check_here,
    check_image,
    find_engine,
    installed_lodge,
)
from ..image_check import script as script_of
from ..image_check.engines import NAMES


@click.group()
def image() -> None:
    """Manage the images that servers run."""


@image.command()
@click.argument("name", required=False)
@click.option("--pyspark", metavar="VERSION", help="PySpark that it must have, such as 3.5.")
@click.option("--engine", type=click.Choice(NAMES), help="Runs it. Default: what is installed.")
@click.option("--here", is_flag=True, help="Check the environment of this command instead.")
@click.option("--script", is_flag=True, help="Print the check, for python3 - in any container.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(
    name: str | None,
    pyspark: str | None,
    engine: str | None,
    here: bool,
    script: bool,
    as_json: bool,
) -> None:
    """Name what the image NAME lacks to be a user's server, and how to get it.

    Runs it without a network, as its own user. Exits with 1 where something is missing.
    """
    wanted = installed_lodge(pyspark)
    if script:
        click.echo(script_of(wanted))
        return
    if bool(name) == here:
        raise click.UsageError("Name an image, or give --here.")
    try:
        found = check_here(wanted) if here else check_image(find_engine(engine), name or "", wanted)
    except EngineError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=1))
    else:
        for each in found:
            click.echo(describe(each))
    missing = [each for each in found if each.needed and not each.found]
    if not as_json:
        where = name or "this environment"
        click.echo(
            f"\n{where} can't be a server of Lodge: {len(missing)} missing."
            if missing
            else f"\n{where} can be a server of Lodge."
        )
    if missing:
        raise SystemExit(1)


def describe(finding: Finding) -> str:
    """Return one line about a finding."""
    if finding.found:
        return f"  found    {finding.name}: {finding.found}"
    word = "MISSING" if finding.needed else "advice "
    return f"  {word}  {finding.name}: {finding.remedy}"
