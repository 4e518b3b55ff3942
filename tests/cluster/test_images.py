"""Lodge's own images, run as their own user: what is in them, and what is not."""

from __future__ import annotations

import json
import tarfile

import pytest
from lodge_hub.image_check import installed_lodge, script

from cluster.kubernetes import images, names
from cluster.kubernetes.builder import run_in
from cluster.kubernetes.layout import Image

# The first build of an image fetches and compiles everything in it.
pytestmark = pytest.mark.timeout(1800)

HOSTS = ("pypi.org", "pythonhosted.org", "registry.npmjs.org", "npmmirror.com", "tuna.tsinghua")

#: Everything outside of home and /tmp that the user could write to.
WRITABLE = """
import os
found = []
for top, folders, files in os.walk('/'):
    folders[:] = [name for name in folders if os.path.join(top, name) not in
                  ('/proc', '/sys', '/dev', '/tmp', '/home/lodge')]
    found += [path for path in (os.path.join(top, name) for name in [*folders, *files])
              if not os.path.islink(path) and mode(path)]
print(found)
"""
MODE = """
import os, stat
def mode(path):
    told = os.lstat(path)
    return (told.st_mode & stat.S_IWOTH or told.st_uid == 1000
            or (told.st_gid == 100 and told.st_mode & stat.S_IWGRP))
"""


@pytest.fixture(scope="module")
def hub() -> Image:
    """The hub's image."""
    return images.hub()


@pytest.fixture(scope="module")
def server() -> Image:
    """The servers' image."""
    return images.server()


@pytest.fixture(params=["hub", "server"])
def either(request: pytest.FixtureRequest) -> Image:
    """Each image in turn."""
    found: Image = request.getfixturevalue(request.param)
    return found


def test_nothing_of_an_image_is_the_users(either: Image) -> None:
    script = f"{MODE}{WRITABLE}print(os.getuid(), os.getgid(), os.environ['HOME'])"
    told = run_in(either.name, "python", "-c", script).splitlines()
    assert told == ["[]", "1000 100 /home/lodge"]


def test_terminals_of_a_server_are_a_full_shell(server: Image) -> None:
    script = "import os, shutil; print(shutil.which(os.environ['SHELL']))"
    assert run_in(server.name, "python", "-c", script).strip() == "/bin/bash"


def test_an_image_keeps_no_mirror_no_secret_and_no_tool(either: Image) -> None:
    config = either.config()
    text = json.dumps([either.manifest(), config])
    found = set()
    for layer in either.layers():
        with tarfile.open(layer) as content:
            found |= {member.name for member in content}
    assert config["config"]["User"] == "1000:100"
    assert not [host for host in HOSTS if host in text]
    assert not [name for name in config["config"]["Env"] if "PIP" in name or "INDEX" in name]
    endings = ("bin/gcc", "bin/npm", "bin/uv", "/pip.conf", "/.npmrc", "/id_rsa")
    assert not [name for name in found if name.endswith(endings)]
    assert not [
        name for name in found if name.startswith(("var/cache/uv/", "root/.cache", "root/.npm"))
    ]


def test_the_hubs_commands_start(hub: Image) -> None:
    script = (
        "set -e; lodge --version; jupyterhub --version; node --version; "
        "configurable-http-proxy --version; python -m canaille.commands --help | head -1; "
        "python -c 'import lodge_spawner.kube, lodge_services.shares, psycopg'; echo imported;"
        "! command -v java"
    )
    told = run_in(hub.name, "bash", "-c", script)
    assert "Lodge, version" in told
    assert "imported" in told


CHINESE = """
import warnings; warnings.simplefilter('error')
import matplotlib; matplotlib.use('agg')
from matplotlib import pyplot, font_manager
figure, axes = pyplot.subplots()
axes.set_title('\\u4e2d\\u6587\\u65b0\\u95fb'); axes.set_xlabel('\\u6708', fontweight='bold')
figure.canvas.draw()
found = font_manager.fontManager._find_fonts_by_props(font_manager.FontProperties())
print([font_manager.get_font(one).family_name for one in found])
"""


def test_a_chart_has_chinese(server: Image) -> None:
    told = run_in(server.name, "python", "-c", CHINESE)
    assert "Noto Sans CJK SC" in told


SPARK = """
import os, pathlib, sys
os.environ['SPARK_LOCAL_IP'] = '127.0.0.1'
archive = f'{sys.prefix}/share/lodge/spark-classes.jsa'
from pyspark.sql import SparkSession
options = f'-XX:SharedArchiveFile={archive}'
spark = SparkSession.builder.master('local[2]').config('spark.ui.enabled', 'false') \\
    .config('spark.driver.defaultJavaOptions', options).getOrCreate()
print(spark.range(10_000).selectExpr('id % 7 AS day').groupBy('day').count().count())
print(sorted(spark.sparkContext.parallelize(range(3), 2).map(lambda one: one * 2).collect()))
java = spark.sparkContext._gateway.proc.pid
print('spark-classes.jsa' in pathlib.Path(f'/proc/{java}/maps').read_text())
"""


def test_a_session_counts_and_starts_from_the_archive(server: Image) -> None:
    told = run_in(server.name, "python", "-c", SPARK)
    assert told.splitlines()[-3:] == ["7", "[0, 2, 4]", "True"]


COMPILED = """
import importlib.util, pathlib, struct, sys
stale = []
for source in pathlib.Path(sys.prefix, 'lib').rglob('lodge_*/**/*.py'):
    compiled = pathlib.Path(importlib.util.cache_from_source(str(source)))
    written = struct.unpack('<I', compiled.read_bytes()[8:12])[0] if compiled.exists() else 0
    if written != int(source.stat().st_mtime): stale.append(str(source))
print(len(stale), stale[:3])
"""


def test_code_comes_compiled(server: Image) -> None:
    told = run_in(server.name, "python", "-c", COMPILED)
    assert told.strip() == "0 []"


def test_the_servers_image_fulfils_the_contract(server: Image) -> None:
    script = (
        "lodge image check --here --pyspark 4 && jupyterhub-singleuser --version && "
        "lodge-run --help >/dev/null && pip check && ls /opt/lodge/samples"
    )
    told = run_in(server.name, "bash", "-c", script)
    assert "can be a server of Lodge." in told
    assert "advice" not in told
    assert "flights.duckdb" in told


def test_an_image_that_lacks_everything_is_told_so() -> None:
    images.python()
    source = script(installed_lodge("4"))
    told = json.loads(run_in(names.PYTHON_IMAGE, "python3", "-c", source))
    missing = {each["name"] for each in told if each["needed"] and not each["found"]}
    assert {
        "the command jupyterhub-singleuser",
        "the command lodge-run",
        "JupyterLab",
        "PySpark 4",
        "Java 17 or newer at JAVA_HOME",
        "a Spark session that counts",
    } <= missing
    assert "a user without rights of root" not in missing
