"""One lock: every dependency of pyproject.toml in a version that fits, with hashes, from nowhere in particular."""

import re
import tomllib

from house import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from heqi.cli import licences

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
LOCKED = {canonicalize_name(name): version for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", LOCK, re.MULTILINE)}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_dependency_is_locked_in_a_version_that_fits() -> None:
    project, build = PROJECT["project"], PROJECT["build-system"]
    unfit = []
    for line in [*project["dependencies"], *project["optional-dependencies"]["test"], *build["requires"]]:
        requirement = Requirement(line)
        version = LOCKED.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version):
            unfit.append(f"{line}: {version}")
    assert unfit == [], "run `make lock`"


def test_every_locked_version_has_its_hashes() -> None:
    entries = [entry for entry in re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE) if "==" in entry]
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert len(entries) == len(LOCKED) > 50


def test_the_lock_names_no_place_to_fetch_from() -> None:
    assert "://" not in LOCK
    assert not re.search(r"^--?(?!\s)", LOCK, re.MULTILINE)


def test_every_package_of_the_console_is_under_a_licence_somebody_has_looked_at() -> None:
    assert len(licences.packages(ROOT)) > 100
    assert licences.unfit(ROOT) == []
