"""Programs that run images: docker, podman, buildah."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

NAMES = ("docker", "podman", "buildah")


class EngineError(Exception):
    """An image can't be run; the message is one sentence."""


@dataclass(frozen=True)
class Engine:
    """One of the programs.

    Parameters
    ----------
    name
        One of `NAMES`.
    """

    name: str

    def entrypoint(self, image: str) -> tuple[str, ...]:
        """Return an image's entry point; fetches the image where it isn't there.

        Raises
        ------
        EngineError
            There is no such image.
        """
        if self.name == "buildah":
            with self._container(image) as container:
                said = self._said("inspect", "--type", "container", container)
            config = json.loads(said)["OCIv1"]["config"]
        else:
            if self._done("image", "inspect", image).returncode:
                self._said("pull", image)
            config = json.loads(self._said("image", "inspect", image))[0]["Config"]
        return tuple(config.get("Entrypoint") or ())

    def run_python(self, image: str, script: str, argument: str) -> str:
        """Run a script by the image's own Python and return what it prints.

        Parameters
        ----------
        image
            Its name.
        script, argument
            Source, read from standard input; its one argument.

        Raises
        ------
        EngineError
            It can't be run there.
        """
        if self.name == "buildah":
            with self._container(image) as container:
                command = ["run", "--isolation", "chroot", container, "--"]
                return self._said(*command, "python3", "-", argument, given=script)
        options = ["run", "--rm", "-i", "--network", "none", "--entrypoint", "python3"]
        return self._said(*options, image, "-", argument, given=script)

    @contextmanager
    def _container(self, image: str) -> Iterator[str]:
        container = self._said("from", "--quiet", image).strip()
        try:
            yield container
        finally:
            self._done("rm", container)

    def _said(self, *arguments: str, given: str = "") -> str:
        done = self._done(*arguments, given=given)
        if done.returncode:
            lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
            cause = lines[-1] if lines else f"exit code {done.returncode}"
            raise EngineError(f"`{self.name} {arguments[0]}` failed: {cause}")
        return done.stdout

    def _done(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command: Sequence[str] = (self.name, *arguments)
        try:
            return subprocess.run(command, input=given, capture_output=True, text=True, check=False)
        except OSError as error:
            raise EngineError(f"{self.name} can't be started: {error.strerror}.") from error


def find_engine(name: str | None = None) -> Engine:
    """Return the engine of that name, or the first that is installed.

    Raises
    ------
    EngineError
        There is none.
    """
    for each in [name] if name else NAMES:
        if shutil.which(each):
            return Engine(each)
    raise EngineError(
        f"Images can't be run: there is no {name or 'docker, podman or buildah'} in PATH; install "
        "it, or pipe the script of `lodge image check --script` to python3 inside the image."
    )
