"""``lodge doctor``: what is missing on this machine, and how to get it."""

from __future__ import annotations

from pathlib import Path

import click

from .. import programs
from .options import config_option, read_settings


@click.command()
@config_option
def doctor(config: Path | None) -> None:
    """Name what Lodge needs and this machine lacks. Exits with 1 where something is missing."""
    settings = read_settings(config, {})
    findings = programs.examine(settings.spark.java_home, settings.spark.home)
    for finding in findings:
        click.echo(describe(finding))
    missing = [finding.name for finding in findings if not finding.found]
    if missing:
        click.echo(f"\nLodge can't run here yet: {' and '.join(missing)} missing.")
        raise SystemExit(1)
    click.echo("\nNothing is missing.")


def describe(finding: programs.Finding) -> str:
    """Return one line about a finding."""
    if finding.found:
        return f"  found    {finding.name}: {finding.found}"
    return f"  MISSING  {finding.name}: get it with `{finding.remedy}`"
