"""Start-up refuses packages that are not ours."""

import subprocess
import sys
from pathlib import Path

import pytest

from ops.errors import ForeignPackageError
from ops.packages import OURS, refuse_foreign_packages

pytestmark = pytest.mark.sqlite("no database is touched")


def test_our_own_packages_are_taken() -> None:
    refuse_foreign_packages()


@pytest.mark.parametrize("name", OURS)
def test_a_package_of_the_same_name_is_refused_with_both_places(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    with pytest.raises(ForeignPackageError) as caught:
        refuse_foreign_packages(path=[str(tmp_path), *sys.path])
    assert str(tmp_path / name) in str(caught.value)
    assert str(Path(__file__).parents[2] / name) in str(caught.value)


def test_a_single_module_of_the_same_name_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "models.py").touch()
    with pytest.raises(ForeignPackageError, match=r"models\.py"):
        refuse_foreign_packages(path=[str(tmp_path), *sys.path])


def test_the_command_line_says_so_instead_of_failing_later(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "__init__.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    code = "import sys; sys.argv[1:] = ['--help']; from ops.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Python finds the package `flows`" in done.stderr
