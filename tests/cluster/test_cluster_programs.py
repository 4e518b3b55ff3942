"""The cluster's own Go programs pass their tests."""

import subprocess

from cluster.kubernetes.build import environment, go
from cluster.kubernetes.paths import GO


def test_the_go_programs_pass_their_tests() -> None:
    # With the flags of the build, whose packages it finds compiled; vet would go through them all.
    command = (go(), "test", "-trimpath", "-vet=off", "./internal/...")
    done = subprocess.run(
        ["nice", "-n", "10", *command],
        cwd=GO,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
