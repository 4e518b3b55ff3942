"""Finds the kernel that a notebook names, where Jupyter looks for kernels.

The search is Jupyter's own, written out for the usual case: importing ``jupyter_client`` for it
would delay the kernel's start by a third of a second.
"""

from __future__ import annotations

import json
import os
import re
import site
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lodge_runner.errors import InputError

NATIVE = "python3"
_NAME = re.compile(r"^[\w.\-]+$", re.ASCII)
_FIELD = re.compile(r"\{([A-Za-z0-9_]+)\}")


@dataclass(frozen=True)
class KernelSpec:
    """How to start a kernel.

    Attributes
    ----------
    name, display_name, language
        As Jupyter lists it.
    argv
        Command line with fields such as ``{connection_file}``.
    env
        Variables added to the environment; ``${NAME}`` is expanded.
    interrupt_by_message
        Whether it is interrupted by a message instead of a signal.
    folder
        Where its ``kernel.json`` is; empty for the one that comes with ipykernel.
    """

    name: str
    display_name: str
    language: str
    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)
    interrupt_by_message: bool = False
    folder: str = ""

    def command(self, connection_file: Path) -> list[str]:
        """Return the command line for a connection file."""
        fields = {
            "connection_file": str(connection_file),
            "prefix": sys.prefix,
            "resource_dir": self.folder,
        }
        argv = list(self.argv)
        major, minor = sys.version_info[:2]
        if argv[0] in ("python", f"python{major}", f"python{major}.{minor}"):
            argv[0] = sys.executable
        return [_FIELD.sub(lambda m: fields.get(m[1], m[0]), part) for part in argv]

    @property
    def is_ipykernel(self) -> bool:
        """Whether the command starts IPython's kernel, which takes its options."""
        return any(
            part in ("ipykernel_launcher", "ipykernel", "ipykernel.kernelapp") for part in self.argv
        )


def choose_kernel(metadata: dict[str, Any]) -> tuple[KernelSpec, str]:
    """Return the kernel for a notebook's metadata, and a note for the user or "".

    Raises
    ------
    InputError
        When there is no such kernel and the notebook isn't Python.
    """
    wanted = metadata.get("kernelspec") or {}
    info = metadata.get("language_info") or {}
    name = str(wanted.get("name") or NATIVE)
    found = find_kernel(name)
    if found is not None:
        return found, ""
    language = str(wanted.get("language") or info.get("name") or "").lower()
    if language in ("python", "ipython"):
        native = find_kernel(NATIVE)
        if native is not None:
            return native, f"There is no kernel {name!r} here; the notebook runs on {NATIVE!r}."
    raise InputError(
        f"There is no kernel {name!r} here: install it, or choose another kernel in the notebook "
        "(see `jupyter kernelspec list`)."
    )


def find_kernel(name: str) -> KernelSpec | None:
    """Return the kernel of that name, or None.

    Raises
    ------
    InputError
        When its ``kernel.json`` can't be read, or asks for a remote kernel.
    """
    if not _NAME.match(name):
        return None
    for folder in kernel_folders():
        for spelling in dict.fromkeys((name, name.lower())):
            file = Path(folder, spelling, "kernel.json")
            if file.is_file():
                return _read(name, file)
    if name.lower() == NATIVE:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(NATIVE, "Python 3 (ipykernel)", "python", argv)
    return None


def _read(name: str, file: Path) -> KernelSpec:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        argv = [str(part) for part in data["argv"]]
        provisioner = (data.get("metadata") or {}).get("kernel_provisioner") or {}
        if not argv:
            raise ValueError("argv is empty")
        if provisioner.get("provisioner_name", "local-provisioner") != "local-provisioner":
            raise ValueError("it doesn't run on this machine")
        return KernelSpec(
            name=name,
            display_name=str(data.get("display_name") or name),
            language=str(data.get("language") or ""),
            argv=argv,
            env={str(k): str(v) for k, v in (data.get("env") or {}).items()},
            interrupt_by_message=data.get("interrupt_mode") == "message",
            folder=str(file.parent),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise InputError(f"The kernel {name!r} can't be used: {file} is unusable ({e}).") from None


def kernel_folders() -> list[str]:
    """Return the folders that hold kernels, first match first, as ``jupyter_core`` has them."""
    env = os.environ
    if sys.platform == "win32" or env.get("JUPYTER_PLATFORM_DIRS"):
        from jupyter_core.paths import jupyter_path

        return [*jupyter_path("kernels")]
    given = env.get("JUPYTER_PATH", "")
    folders = [part.rstrip(os.sep) for part in given.split(os.pathsep)] if given else []
    user = [_user_folder()]
    if site.ENABLE_USER_SITE:
        base = os.path.join(site.getuserbase(), "share", "jupyter")  # noqa: PTH118
        if base not in user:
            user.append(base)
    system = ["/usr/local/share/jupyter", "/usr/share/jupyter"]
    own = str(Path(sys.prefix, "share", "jupyter"))
    prefix = [own] if own not in system else []
    folders += prefix + user if _prefer_prefix() else user + prefix
    folders += [path for path in system if path not in folders]
    return [os.path.join(path, "kernels") for path in folders]  # noqa: PTH118


def _user_folder() -> str:
    if folder := os.environ.get("JUPYTER_DATA_DIR"):
        return folder
    home = Path("~").expanduser().resolve()
    if sys.platform == "darwin":
        return str(home / "Library" / "Jupyter")
    return str(Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "jupyter")


def _prefer_prefix() -> bool:
    env = os.environ
    if "JUPYTER_PREFER_ENV_PATH" in env:
        return env["JUPYTER_PREFER_ENV_PATH"].lower() not in ("no", "n", "false", "off", "0", "0.0")
    if sys.prefix != sys.base_prefix:
        return _is_own(sys.prefix)
    conda = env.get("CONDA_PREFIX")
    named = env.get("CONDA_DEFAULT_ENV", "base") != "base"
    return conda is not None and sys.prefix.startswith(conda) and named and _is_own(sys.prefix)


def _is_own(path: str) -> bool:
    try:
        return Path(path).owner() == os.getlogin()
    except (KeyError, OSError):  # no terminal, or no name for the number
        return Path(path).stat().st_uid == os.geteuid()


def main() -> int:
    """Say on standard error why the notebook whose metadata come in has no kernel here."""
    try:
        choose_kernel(json.load(sys.stdin))
    except InputError as e:
        sys.stderr.write(f"{e}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
