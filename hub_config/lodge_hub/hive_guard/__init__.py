"""Who may do what in the embedded Hive catalogue, on one machine.

The metastore's own classes know no rights. The guard stands before them in the same Java virtual
machine: it is Java, compiled at the start by the compiler among Spark's jars. `Person` finds out
who asks, `Rules` and `Places` hold what is allowed, `Guard` asks them about each call, `Rights` and
`UsersFiles` have it change files with its user's rights, `Settling` opens databases to others,
`Folders` asks Lodge for both, and `Door` binds all to the service.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


def load(jvm: Any, name: str) -> Any:
    """Return a class of the guard.

    Parameters
    ----------
    jvm
        Py4J's view of a Java virtual machine with Hive's classes.
    name
        The class's name.
    """
    folders = jvm.java.lang.reflect.Array.newInstance(
        jvm.java.lang.Class.forName("java.io.File"), 1
    )
    folders[0] = jvm.java.io.File(str(_HERE))
    parent = jvm.java.lang.ClassLoader.getSystemClassLoader()
    return jvm.org.codehaus.janino.JavaSourceClassLoader(parent, folders, "UTF-8").loadClass(name)


def compiled(jvm: Any) -> Any:
    """Return the guard's door, its classes compiled, which takes half a second.

    Parameters
    ----------
    jvm
        The service's Java virtual machine.
    """
    door = load(jvm, "Door").newInstance()
    for name in ("Guard", "Settling", "Folders"):
        jvm.java.lang.Class.forName(name, True, door.getClass().getClassLoader())
    return door


def guarded(door: Any, handler: Any, warehouse: str, homes: str, keeper: str) -> Any:
    """Return a processor of the metastore's calls that keeps users to what is theirs.

    Parameters
    ----------
    door
        What :func:`compiled` returned.
    handler
        What answers the calls.
    warehouse
        Folder of managed tables.
    homes
        Folder of the users' homes, by which their Unix accounts are known.
    keeper
        Socket in the working folder, where Lodge is asked to do things with users' rights.
    """
    return door.open(handler, warehouse, homes, os.getuid(), keeper)
