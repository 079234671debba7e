"""Start-up refuses foreign packages: `flows` and `models` are names that others use too."""

from importlib.machinery import PathFinder
from pathlib import Path

from ops.errors import ForeignPackageError

OURS = ("definitions", "flows", "migrations", "models", "notifications", "tasks", "web")
"""The import packages that must come from the same place as this one."""


def refuse_foreign_packages(home: Path | None = None, path: list[str] | None = None) -> None:
    """Raise ForeignPackageError when Python would import one of our packages from somewhere else.

    `home` is the folder that ours lie in and `path` where Python looks; both are for tests. Nothing is
    imported.
    """
    expected = (home or Path(__file__).parent.parent).resolve()
    for name in OURS:
        spec = PathFinder.find_spec(name, path)
        places = [] if spec is None else [*(spec.submodule_search_locations or ()), spec.origin or ""]
        found = [Path(each).resolve() for each in places if each]
        if expected / name not in found[:1]:
            where = str(found[0]) if found else "nowhere"
            raise ForeignPackageError(
                f"Python finds the package `{name}` in {where}, but Casewright's is {expected / name}",
                action="start casewright from another folder, or take the other one out of PYTHONPATH",
            )


def installed_version() -> str:
    """The version of Casewright that is installed; `0` where it runs without being installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("casewright")
    except PackageNotFoundError:
        return "0"
