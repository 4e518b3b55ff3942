"""What a run is made of: tiers, and in each the groups of files that one process tests."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
WEIGHTS = Path(__file__).with_name("weights.json")

#: What is not known is taken for a file that keeps one core busy for half a minute.
UNKNOWN = (30.0, 1.0)


@dataclass(frozen=True)
class Tier:
    """A kind of tests.

    Attributes
    ----------
    name
        Its name, and its folder's.
    budget
        Seconds that all of it may take by itself on two cores that are otherwise idle.
    folders
        Where its files are, below ``tests/``.
    """

    name: str
    budget: int
    folders: tuple[str, ...]


TIERS = {
    tier.name: tier
    for tier in (
        Tier("checks", 60, ()),
        Tier("unit", 120, ("unit", "contract")),
        Tier("integration", 480, ("integration",)),
        Tier("browser", 180, ("browser",)),
        Tier("cluster", 480, ("cluster",)),
        Tier("soak", 3600, ("soak",)),
        # Never ends by itself: what the test of the suite's end ends.
        Tier("drill", 60, ("drill",)),
    )
}
#: What `make test` runs.
EVERYTHING = ("checks", "unit", "integration", "browser", "cluster")
CHECKS = ("mypy", "web", "docs", "ruff", "layering", "locks")

#: Builds what clusters are made of, beside the tests that need none.
SETUP = "cluster/setup"

#: Those of other tiers that need it, too.
AFTER_SETUP = ("integration/suite_end",)

_SHARE_A_LODGE = (
    "platform_sign_in platform_isolation platform_neighbours platform_doors platform_origins"
)

#: Each would start a process that imports the same for seconds as the others.
_SHARE_IMPORTS = (
    "magics_clickhouse magics_kylin magics_sqlalchemy magics_sql_types",
    "magics_mariadb magics_mariadb_statements",
    "magics_interrupts magics_insight magics_ports magics_progress",
    "platform_full_disk hub_disk services_disk",
    "runner_execute runner_messages runner_faults runner_disk",
    "schedules_service schedules_runs schedules_live",
    "shares_archive shares_archive_killed shares_process shares_s3 shares_stores",
    "wikis_killed wikis_wikitext",
)

#: Files that share what is slow to start, so that one process tests them all, in this order.
TOGETHER = tuple(
    tuple(f"{tier}/test_{name}.py" for name in names.split())
    for tier, names in (
        ("integration", _SHARE_A_LODGE),
        *(("integration", names) for names in _SHARE_IMPORTS),
        ("browser", "journey journey_runs"),
        ("cluster", "chart chart_rights"),
        ("cluster", "cluster_end cluster_pods cluster_policies cluster_rights cluster_volumes"),
        (
            "cluster",
            "spawner_kube spawner_killed spawner_premade spawner_reaper spawner_servers",
        ),
    )
)


@dataclass(frozen=True)
class Group:
    """What one process tests.

    Attributes
    ----------
    name
        Of its tier and its first file.
    tier
        The name of its tier.
    files
        What pytest is given, below ``tests/``; nothing for a check.
    seconds
        How long it takes alone.
    cores
        How many cores it keeps busy then, on average.
    after
        The group that has to pass first, if any.
    """

    name: str
    tier: str
    files: tuple[str, ...]
    seconds: float
    cores: float
    after: str = ""

    @property
    def command(self) -> list[str]:
        """What runs it."""
        if self.name == SETUP:
            return [str(ROOT / "scripts" / "setup.sh"), "cluster"]
        if not self.files:
            return [str(ROOT / "scripts" / "check.sh"), self.name.partition("/")[2]]
        return [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *(str(TESTS / file) for file in self.files),
        ]


def groups(tier: str) -> list[Group]:
    """Return the groups of a tier."""
    if tier == "checks":
        return [_weighed(f"checks/{name}", tier, ()) for name in CHECKS]
    if tier == "cluster":
        return [_weighed(SETUP, tier, ()), *(replace(one, after=SETUP) for one in _tested(tier))]
    return _tested(tier)


def _tested(tier: str) -> list[Group]:
    found = []
    for files in _together(TIERS[tier]):
        first = files[0].removesuffix(".py")
        found.append(_weighed(first.replace("/test_", "/"), tier, files))
    return found


def _together(tier: Tier) -> Iterator[tuple[str, ...]]:
    """Split the files of a tier: those that belong together, folders with a conftest, the rest."""
    taken: set[str] = set()
    for files in TOGETHER:
        if files[0].partition("/")[0] in tier.folders:
            taken.update(files)
            yield files
    for folder in tier.folders:
        for path in sorted((TESTS / folder).iterdir()):
            name = str(path.relative_to(TESTS))
            inside = path.rglob("test_*.py") if path.is_dir() else [path]
            if name not in taken and any(one.match("test_*.py") for one in inside):
                yield (name,)


def _weighed(name: str, tier: str, files: tuple[str, ...]) -> Group:
    seconds, cores = weights().get(name, UNKNOWN)
    return Group(name, tier, files, seconds, cores, SETUP if name in AFTER_SETUP else "")


def weights() -> dict[str, tuple[float, float]]:
    """Return seconds and cores of each group, as `--record` has kept them."""
    if not WEIGHTS.exists():
        return {}
    return {name: (one[0], one[1]) for name, one in json.loads(WEIGHTS.read_text()).items()}


def chosen(words: list[str]) -> list[Group]:
    """Return the groups that are asked for: of tiers, by their names, or a file of one alone.

    Raises
    ------
    LookupError
        No tier and no file is called so.
    """
    every = [group for tier in TIERS for group in groups(tier)]
    asked: dict[str, set[str]] = {}
    for word in words:
        file = word.removeprefix("tests/")
        name = file.removesuffix(".py").replace("/test_", "/")
        mine = [g for g in every if word == g.tier or name == g.name or file in g.files]
        if not mine:
            raise LookupError(f"There is no tier, file or group of tests called {word}.")
        for group in mine:
            files = {file} if file in group.files else set(group.files)
            asked[group.name] = asked.get(group.name, set()) | files
    found = [
        replace(group, files=tuple(file for file in group.files if file in asked[group.name]))
        for group in every
        if group.name in asked
    ]
    return complete(found)


def complete(chosen: list[Group]) -> list[Group]:
    """Return groups with those that have to pass first."""
    names = {group.name for group in chosen}
    if any(group.after for group in chosen) and SETUP not in names:
        return [next(group for group in groups("cluster") if group.name == SETUP), *chosen]
    return chosen
