"""debugpy's adapter, closed to other users; debugpy runs the folder of this file."""

import sys

# That folder is no place to import from.
del sys.path[0]

import debugpy.common.sockets  # noqa: E402, F401

from lodge_magics.debugger import close_to_others  # noqa: E402

close_to_others()

from debugpy.adapter.__main__ import main  # noqa: E402

main()  # type: ignore[no-untyped-call]
