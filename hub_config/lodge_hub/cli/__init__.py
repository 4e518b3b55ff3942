"""The ``lodge`` command."""

from __future__ import annotations

import click

from .. import __version__
from .doctor import doctor
from .image import image
from .namespace import namespace
from .serve import serve
from .shares import shares
from .up import up
from .user import user


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="Lodge")
def main() -> None:
    """Lodge: notebooks for a team, with Spark and SQL at hand."""


main.add_command(up)
main.add_command(doctor)
main.add_command(image)
main.add_command(namespace)
main.add_command(serve)
main.add_command(shares)
main.add_command(user)
