"""The npm packages of the console with their licences: read from the lock file, published in ui/LICENCES.md, held to a list of right
ones."""

from pathlib import Path

import msgspec

RIGHT = frozenset(
    {"MIT", "MIT AND ISC", "(MIT OR Apache-2.0)", "Apache-2.0", "BSD-3-Clause", "BSD-2-Clause", "ISC", "0BSD", "CC0-1.0", "BlueOak-1.0.0",
     "Python-2.0", "Unlicense", "MIT-0"}
)  # fmt: skip
"""What may be in the bundle a browser loads."""
AT_BUILD = frozenset({"MPL-2.0", "CC-BY-4.0"})
"""Tools of the build, which nobody is given: a CSS compiler, the accessibility rules of the tests."""


class Package(msgspec.Struct):
    """One entry of the lock file."""

    version: str = ""
    license: str = ""
    dev: bool = False


class Lock(msgspec.Struct):
    """ui/package-lock.json, as far as it matters here."""

    packages: dict[str, Package]


def packages(root: Path) -> dict[str, Package]:
    """Every package by its place in node_modules."""
    lock = msgspec.json.decode((root / "ui" / "package-lock.json").read_bytes(), type=Lock)
    return {place: package for place, package in lock.packages.items() if place}


def unfit(root: Path) -> list[str]:
    """Packages under a licence nobody has looked at."""
    return [
        f"{place}: {package.license or 'none'}"
        for place, package in packages(root).items()
        if package.license not in RIGHT and not (package.dev and package.license in AT_BUILD)
    ]


def page(root: Path) -> str:
    """ui/LICENCES.md."""
    mark = "<!-- generated: python -m heqi.cli.published -->"
    head = f"{mark}\n\n# Packages of the console\n\nIn the bundle first, then the tools of its build.\n"
    rows = sorted({(one.dev, place.rpartition("node_modules/")[2], one.version, one.license) for place, one in packages(root).items()})
    lines = [f"| {name} | {version} | {licence} | {'build' if dev else 'bundle'} |" for dev, name, version, licence in rows]
    return "\n".join([head, "| package | version | licence | in |", "|---|---|---|---|", *lines]) + "\n"
