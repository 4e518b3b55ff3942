"""Who may import whom: the contracts of pyproject.toml cover every room and hold."""

import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]

MAY_IMPORT = {
    "lodge_authenticator": set(),
    "lodge_spawner": set(),
    "lodge_hub": {"lodge_authenticator", "lodge_spawner", "lodge_services"},
    "lodge_services": {"lodge_spawner", "lodge_runner"},
    "lodge_runner": set(),
    "lodge_server": {"lodge_runner"},
    "lodge_lab": set(),
    "lodge_magics": set(),
}


def test_the_contracts_are_the_table() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert set(config["root_packages"]) == set(MAY_IMPORT)
    forbidden = {
        one["source_modules"][0]: set(one["forbidden_modules"])
        for one in config["contracts"]
        if one["type"] == "forbidden"
    }
    assert forbidden == {
        room: set(MAY_IMPORT) - {room} - allowed for room, allowed in MAY_IMPORT.items()
    }


def test_the_contracts_hold() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_no_module_is_in_a_circle_of_imports() -> None:
    graph = grimp.build_graph(*MAY_IMPORT, cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    # Raises CycleError, which names the circle.
    TopologicalSorter(imports).prepare()


def test_lock_files_name_no_host() -> None:
    for name in ("requirements.lock", "requirements-spark35.lock", "scripts/node.lock"):
        assert "://" not in (ROOT / name).read_text(), name
    assert '"resolved": "http' not in (ROOT / "package-lock.json").read_text()


def test_every_dependency_has_a_floor() -> None:
    for path in [ROOT / "pyproject.toml", *ROOT.glob("*/pyproject.toml")]:
        project = tomllib.loads(path.read_text())["project"]
        for dependency in project["dependencies"]:
            assert dependency.startswith("lodge-") or ">=" in dependency, f"{path}: {dependency}"
