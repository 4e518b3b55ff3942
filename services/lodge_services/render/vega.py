"""A program that draws charts of Vega and Vega-Lite: of each line that it reads a line with a PNG.

A line is ``vega`` or ``vega-lite``, a blank and the chart as JSON; what comes out is base64, or
nothing for a chart that can't be drawn. Nothing is loaded from elsewhere.
"""

from __future__ import annotations

import base64
import re
import resource
import sys

CPU_SECONDS = 60
_MAJOR = re.compile(r'"\$schema":\s*"[^"]*/vega-lite/v(\d+)')


def _main() -> None:
    import vl_convert

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    versions = vl_convert.get_vegalite_versions()
    density = float(sys.argv[1])
    for line in sys.stdin:
        kind, _, spec = line.rstrip("\n").partition(" ")
        try:
            if kind == "vega":
                png = vl_convert.vega_to_png(spec, scale=density, allowed_base_urls=[])
            else:
                version = _version(spec, versions)
                png = vl_convert.vegalite_to_png(
                    spec, vl_version=version, scale=density, allowed_base_urls=[]
                )
        except (ValueError, RuntimeError):
            png = b""
        sys.stdout.write(f"{base64.b64encode(png).decode()}\n")
        sys.stdout.flush()


def _version(spec: str, versions: list[str]) -> str:
    """Return the newest version of Vega-Lite that a chart was written for, or the newest of all."""
    found = _MAJOR.search(spec)
    fitting = [one for one in versions if found and one.lstrip("v").split(".")[0] == found[1]]
    return (fitting or versions)[-1]


if __name__ == "__main__":
    _main()
