"""A program for spark-submit: runs cells in a kernel of its own, as the runner does.

It never makes a SparkContext itself. Its argument is a JSON list: lists of cells, the kernel
restarted between them. It prints the JSON of what each cell showed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from support.kernels import Kernel


def main() -> None:
    kernel = Kernel({}, Path.cwd())
    shown = []
    try:
        for number, cells in enumerate(json.loads(sys.argv[1])):
            if number:
                kernel.restart()
            for cell in cells:
                ran = kernel.run(cell)
                shown.append(ran.error or ran.shown)
    finally:
        kernel.close()
    print(f"RAN {json.dumps(shown)}")


if __name__ == "__main__":
    main()
