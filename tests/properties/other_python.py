"""A soak: another version of Python seals the same bytes, and accepts the handoffs that earlier versions made.

    python -m tests.properties.other_python [PYTHON] [--all]

Finds one (on the PATH, in pyenv, in uv; else uv or Debian's packages install it), gives it the program in an
environment of its own, and runs the tests of the same bytes against it: generated reviews, the sample, old handoffs.
``--all`` does so with each minor version that is there.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.measure import ROOT, machine

OLDEST = (3, 11)
NEEDED = ("hypothesis>=6.120,<7", "pytest>=8.4,<9", "pytest-asyncio>=1.0,<2")
"""What the tests need beside the program."""
SAME_BYTES = (
    "tests/properties/test_prop_same_bytes.py::test_another_order_hash_seed_and_time_zone_give_the_same_bytes",
    "tests/handoff/test_seal_verify.py::test_another_python_clock_hash_seed_and_time_zone_give_the_same_bytes",
)
"""These seal here and let ``CRM_TUI_OTHER_PYTHON`` seal again."""
THERE = ("tests/handoff/test_golden.py", "tests/handoff/test_canonical.py")
"""These run there as a whole."""

Version = tuple[int, int]


def main() -> None:
    """Compare with the Pythons that are named or found."""
    parser = argparse.ArgumentParser(prog="python -m tests.properties.other_python", description=__doc__)
    parser.add_argument("python", nargs="?", help="the other Python (default: the newest that is found)")
    parser.add_argument("--all", action="store_true", help="each minor version that is found")
    chosen = parser.parse_args()
    others = {asked(chosen.python): chosen.python} if chosen.python else found() or installed()
    if not others:
        sys.exit("There is no other Python from 3.11 on, and neither uv nor apt-get has one; name one: PYTHON.")
    for version in sorted(others, reverse=True)[: None if chosen.all else 1]:
        with TemporaryDirectory(prefix="crm-tui-other-") as folder:
            compare(fitted(others[version], Path(folder)))
            print(f"Python {named(version)} seals the same bytes as {named(sys.version_info[:2])}.", flush=True)
    print(machine())


def found() -> dict[Version, str]:
    """Each other minor version that this machine has, with one Python of it."""
    mine = sys.version_info[:2]
    there = {asked(one): one for one in candidates()}
    return {version: one for version, one in there.items() if version >= OLDEST and version != mine}


def candidates() -> Iterator[str]:
    """Programs that may be a Python, the ones to be preferred last."""
    home = Path.home()
    for folder in (home / ".pyenv" / "versions", home / ".local" / "share" / "uv" / "python"):
        yield from map(str, sorted(folder.glob("*/bin/python3")))
    for place in os.get_exec_path():
        yield from (str(one) for one in sorted(Path(place).glob("python3.*")) if re.fullmatch(r"3\.\d+", one.name[6:]))


def asked(python: str) -> Version:
    """The version that a Python says it is; (0, 0) for one that does not start."""
    said = subprocess.run([python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True)
    return tuple(map(int, said.stdout.split())) if said.returncode == 0 else (0, 0)  # type: ignore[return-value]


def installed() -> dict[Version, str]:
    """Another Python that uv, or Debian's package manager for root, could install."""
    uv = shutil.which("uv")
    commands = [[uv, "python", "install", "3.13"]] if uv else []
    if shutil.which("apt-get") and os.geteuid() == 0:
        commands += [["apt-get", "install", "-y", "-qq", f"python3.{minor}-venv"] for minor in range(14, 10, -1)]
    for command in commands:
        if subprocess.run(command, capture_output=True).returncode == 0 and (others := found()):
            return others
    return {}


def fitted(python: str, folder: Path) -> str:
    """That Python in an environment of its own, with the program's dependencies."""
    subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
    own = str(folder / "venv" / "bin" / "python")
    subprocess.run([own, "-m", "pip", "install", "-q", "--disable-pip-version-check", ROOT, *NEEDED], check=True)
    return own


def compare(python: str) -> None:
    """Run the tests; a byte that differs ends the run."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CRM_TUI_SOAK": "1"}
    for one, tests in ((sys.executable, SAME_BYTES), (python, THERE)):
        own = environment | ({"CRM_TUI_OTHER_PYTHON": python} if one != python else {})
        subprocess.run([one, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests], cwd=ROOT, env=own, check=True)


def named(version: tuple[int, ...]) -> str:
    """``3.13``."""
    return ".".join(map(str, version))


if __name__ == "__main__":
    main()
