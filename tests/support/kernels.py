"""Kernels of this environment, started as a server starts them, and what their cells show."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from support.java import archived_home, quick
from support.lodge import wait_for

#: Seconds that a cell has, on a busy machine.
_PATIENCE = 180

SOURCES = """
default = "data"
[sources.data]
type = "duckdb"
path = "{folder}/data.duckdb"
[sources.hive]
type = "hive"
"""
PROPERTIES = """
spark.master local[2]
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.authenticate true
spark.ui.enabled false
spark.sql.shuffle.partitions 2
spark.driver.extraJavaOptions {quick} -Dderby.system.home={folder}
spark.executor.extraJavaOptions {quick}
spark.sql.catalogImplementation hive
spark.sql.warehouse.dir {folder}/warehouse
spark.hadoop.javax.jdo.option.ConnectionURL jdbc:derby:memory:metastore;create=true
"""
# A cell that shows the commands of the driver JVMs below its kernel.
DRIVERS = (
    "import psutil\n"
    "[c.cmdline() for c in psutil.Process().children() if 'spark' in str(c.cmdline()).lower()]"
)


@dataclass
class Ran:
    """What came of one cell; the line about its Spark jobs is apart."""

    status: str
    error: str = ""
    texts: list[str] = field(default_factory=list)
    progress: list[str] = field(default_factory=list)
    updates: list[str] = field(default_factory=list)
    stderr: str = ""

    @property
    def shown(self) -> str:
        return "\n".join(self.texts)


class Kernel:
    """A kernel, as a user's server starts it: of this environment, or of another `python`."""

    def __init__(self, env: dict[str, str], cwd: Path, python: Path | None = None) -> None:
        self.manager = KernelManager(kernel_name="python3")
        if python is not None:
            self.manager.kernel_spec_manager = _specs_of(python, cwd)
        self.manager.start_kernel(env={**os.environ, **env}, cwd=str(cwd))
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self._stuck = ""

    @property
    def pid(self) -> int:
        """The process id of the kernel."""
        return int(self.manager.provisioner.pid)  # type: ignore[union-attr]

    def run(self, code: str, until: str | Callable[[], Any] | None = None) -> Ran:
        """Run a cell; interrupt it when it has printed `until`, or when that is true."""
        # Another wait as long would tell nothing new.
        assert not self._stuck, (
            f"The kernel is still busy with a cell that did not end: {self._stuck}"
        )
        ran = Ran("")
        displays: dict[str, int] = {}

        def note(message: dict[str, Any]) -> None:
            kind, content = message["msg_type"], message["content"]
            if kind in ("display_data", "execute_result", "update_display_data"):
                text = content["data"].get("text/plain", "")
                name = content.get("transient", {}).get("display_id")
                if kind == "update_display_data":
                    ran.updates.append(text)
                    ran.texts[displays[name]] = text
                else:
                    if name:
                        displays[name] = len(ran.texts)
                    ran.texts.append(text)
            elif kind == "error":
                ran.error = "\n".join(content["traceback"])[:5000]
            elif kind == "stream":
                if content["name"] == "stderr":
                    ran.stderr += content["text"]
                if isinstance(until, str) and until in content["text"]:
                    self.manager.interrupt_kernel()

        watching = _begun(self._interrupt_when, until) if callable(until) else None
        try:
            reply = self.client.execute_interactive(code, output_hook=note, timeout=_PATIENCE)
        except TimeoutError as error:
            self._stuck = code
            raise AssertionError(f"The cell did not end in {_PATIENCE} s; so far: {ran}") from error
        if watching:
            watching.join()
        ran.status = reply["content"]["status"]
        ran.progress = [text for text in ran.texts if text.startswith("Spark: ")]
        ran.texts = [text for text in ran.texts if not text.startswith("Spark: ")]
        return ran

    def _interrupt_when(self, condition: Callable[[], Any]) -> None:
        wait_for(condition, _PATIENCE, f"{condition}, to interrupt the cell")
        # The manager would make an event loop for this thread, and leave it open.
        os.kill(self.pid, signal.SIGINT)

    def texts_until(self, wanted: str, timeout: float = 60) -> str:
        """Return what a display is updated to once it holds `wanted`, with no cell running."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            message = self.client.get_iopub_msg(timeout=timeout)
            text: str = message["content"].get("data", {}).get("text/plain", "")
            if wanted in text:
                return text
        raise AssertionError(f"nothing shown holds {wanted!r}")

    def restart(self) -> None:
        self.manager.restart_kernel(now=True)
        self._stuck = ""
        self.client.wait_for_ready(timeout=60)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel()


class ServerKernel(Kernel):
    """A kernel of a user's server, spoken to by its connection file.

    Parameters
    ----------
    api
        A client of the user's.
    name
        The user.
    runtime
        The folder of connection files.
    """

    def __init__(self, api: httpx.Client, name: str, runtime: Path) -> None:
        self.kernels, self._api, self._stuck = f"/user/{name}/api/kernels", api, ""
        self.id = api.post(self.kernels, json={}).raise_for_status().json()["id"]
        self.file = runtime / f"kernel-{self.id}.json"
        self.client = BlockingKernelClient(connection_file=str(self.file))
        self.client.load_connection_file()
        # One that is slow to start, or starts again, would be taken for dead.
        self.client.start_channels(hb=False)
        self.client.wait_for_ready(timeout=60)

    @property
    def pid(self) -> int:
        """The process id of the kernel."""
        return int(self.run("import os; os.getpid()").shown)

    def post(self, action: str) -> None:
        """Ask the server to ``interrupt`` or ``restart`` it."""
        self._api.post(f"{self.kernels}/{self.id}/{action}").raise_for_status()

    def debug(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Send a request of the debugger; return the answer."""
        content = {"seq": 1, "type": "request", "command": command, "arguments": arguments}
        message = self.client.session.msg("debug_request", content)
        self.client.control_channel.send(message)
        while True:
            reply = self.client.get_control_msg(timeout=_PATIENCE)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                found: dict[str, Any] = reply["content"]
                return found

    def close(self) -> None:
        """Let go of it; its server may have ended before."""
        self.client.stop_channels()
        self._api.delete(f"{self.kernels}/{self.id}")


def _begun(work: Callable[..., None], *arguments: Any) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, daemon=True)
    thread.start()
    return thread


def _specs_of(python: Path, folder: Path) -> KernelSpecManager:
    spec = folder / "kernels" / "python3"
    spec.mkdir(parents=True, exist_ok=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    described = {"argv": argv, "display_name": "Python", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(described), encoding="utf-8")
    return KernelSpecManager(kernel_dirs=[str(spec.parent)], ensure_native_kernel=False)


def environment(folder: Path, prefix: str = sys.prefix) -> dict[str, str]:
    """The variables of a kernel whose files are in a folder, and its Spark in an environment."""
    (folder / "sources.toml").write_text(SOURCES.format(folder=folder), encoding="utf-8")
    properties = PROPERTIES.format(folder=folder, quick=" ".join(quick(prefix)))
    (folder / "spark.properties").write_text(properties, encoding="utf-8")
    return {
        "LODGE_SOURCES": str(folder / "sources.toml"),
        "PYSPARK_SUBMIT_ARGS": f"--properties-file {folder}/spark.properties pyspark-shell",
        "SPARK_HOME": str(archived_home(prefix)),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "XDG_CACHE_HOME": str(folder / "cache"),
        "IPYTHONDIR": str(folder / "ipython"),
    }
