"""`make chaos`: the engine is crashed for as long as you have time, on both databases; ends with a table.

    python tests/chaos [--part points,live] [--database sqlite|postgresql|both] [--minutes 10]

All but `live` is countable (pairs of fault points, lost commits, orders); `live` kills real processes under
load, for `--minutes`. Figures go to tests/chaos/latest.json and into docs/guarantees.md; the exit status is 1
when any promise was broken.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parents[1])]

from crash_figures import table  # noqa: E402
from figures import PAGE, WAYS, keep, kept, written  # noqa: E402


def main() -> int:
    """Run what the arguments say."""
    given = _arguments()
    import compiled_statements
    import databases
    from exhaustive import exhaust
    from live import live

    compiled_statements.share()
    begun = time.monotonic()
    kinds = ("sqlite", "postgresql") if given.database == "both" else (given.database,)
    countable = [each for each in given.part if each != "live"]
    found = []
    try:
        for kind in kinds:
            with tempfile.TemporaryDirectory(dir=_memory(), prefix="chaos-") as made:
                for each in exhaust(kind, Path(made), countable, given.sample, _tell):
                    found.append(each)
                    keep([each])
                if "live" in given.part:
                    found += live(kind, Path(made), given.minutes, given.seed, _tell)
            keep(found)
    finally:
        databases.stop()
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), kept()), encoding="utf-8")
    sys.stdout.write(f"\n{table(found)}\nseed {given.seed}, {time.monotonic() - begun:.0f} s\n")
    return 0 if all(each.sound for each in found) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description="Crash the engine and judge what is left.")
    parser.add_argument("--part", type=_parts, default=list(WAYS), help=f"some of {','.join(WAYS)}")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--minutes", type=float, default=10.0, help="of `live`, for each database")
    parser.add_argument("--sample", type=int, default=1, help="try one in so many of the countable cases")
    parser.add_argument("--seed", type=int, default=1, help="of the kills at random")
    return parser.parse_args()


def _parts(given: str) -> list[str]:
    """Some parts, in the order of the table."""
    wanted = given.split(",")
    if unknown := [each for each in wanted if each not in WAYS]:
        raise argparse.ArgumentTypeError(f"there is no {unknown[0]!r}; there are {', '.join(WAYS)}")
    return [each for each in WAYS if each in wanted]


def _memory() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _tell(line: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
