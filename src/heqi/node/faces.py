"""What the applications bring for the faces: their screens and the importers of their files, found by the names of their modules."""

import importlib
import importlib.util
from typing import Any

from heqi.node.applications import APPS
from heqi.types.pages import Screens


def screens() -> dict[str, Screens]:
    """Each application's SCREENS, by its name."""
    return {name: module.SCREENS for name, module in _modules("screens").items()}


def importers() -> dict[str, Any]:
    """Each application's IMPORTERS, by the full name of the action their rows become."""
    return {f"{name}.{act}": one for name, module in _modules("importer").items() for act, one in module.IMPORTERS.items()}


def _modules(kind: str) -> dict[str, Any]:
    names = {app.name: f"heqi.apps.{app.name}.{kind}" for app in APPS}
    return {app: importlib.import_module(name) for app, name in names.items() if importlib.util.find_spec(name) is not None}
