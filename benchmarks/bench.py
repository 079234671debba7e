"""Opening a bench: a folder on the disk that is measured, with servers that are started when needed."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.point import LONE
from benchmarks.points import Bench
from benchmarks.servers import open_servers

CAP = 60.0
"""Seconds that a point may take."""


@contextmanager
def opened(
    cap: float = CAP, *, lone: int = LONE, options: Mapping[str, int] | None = None
) -> Iterator[Bench]:
    """A bench in the system's folder for temporary files (TMPDIR); all of it is gone afterwards."""
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
    folder = Path(tempfile.mkdtemp(prefix="casewright-bench-"))
    folder.chmod(0o755)  # the account that runs PostgreSQL has to pass through
    try:
        with open_servers(folder) as servers:
            yield Bench(servers, folder, cap, lone, options or {})
    finally:
        shutil.rmtree(folder, ignore_errors=True)
