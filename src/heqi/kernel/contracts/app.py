"""The name-plate of an application."""

import msgspec

from heqi.kernel.contracts.contract import Contract, Title


class App(msgspec.Struct, frozen=True, kw_only=True):
    """What the house needs to know of an application. `system`: its specification; `story`: the module of its acceptance tale."""

    name: str
    title: Title
    system: str
    contract: Contract
    story: str
