"""Numbers that bound a run; light, so that every module may import it."""

from __future__ import annotations

OUTPUT_LIMIT_BYTES = 10 * 1024 * 1024
"""Default bytes of output kept in the notebook for each cell."""

PROGRESS_INTERVAL_S = 0.2
"""Least seconds between two writes of the result file while a cell runs."""

KERNEL_START_S = 60.0
"""Seconds that a kernel may take to answer for the first time."""

KERNEL_END_S = 10.0
"""Seconds that a kernel may take to end in order before its process group is killed."""

INTERRUPT_S = 5.0
"""Seconds that an interrupted cell may take to give in."""

IOPUB_GRACE_S = 5.0
"""Seconds to wait for a cell's last outputs once its reply is here."""
