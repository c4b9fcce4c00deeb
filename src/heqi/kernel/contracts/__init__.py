"""The author's API. An application imports everything it needs of the kernel from here."""

from heqi.kernel.contracts.app import App
from heqi.kernel.contracts.authority import (
    RESOLUTION,
    Seat,
    Signatory,
    Signer,
    admin,
    anybody,
    anyone,
    api,
    approver,
    checker,
    maker,
    operator,
    own,
    risk,
    treasurer,
)
from heqi.kernel.contracts.context import Context
from heqi.kernel.contracts.contract import Contract, ContractUnfit, Parameter, Register
from heqi.kernel.contracts.record import Event, Record, Staged, changed
from heqi.kernel.contracts.sight import EVERYONE, is_regulator, members
from heqi.kernel.contracts.table import Table

__all__ = [
    "EVERYONE",
    "RESOLUTION",
    "App",
    "Context",
    "Contract",
    "ContractUnfit",
    "Event",
    "Parameter",
    "Record",
    "Register",
    "Seat",
    "Signatory",
    "Signer",
    "Staged",
    "Table",
    "admin",
    "anybody",
    "anyone",
    "api",
    "approver",
    "changed",
    "checker",
    "is_regulator",
    "maker",
    "members",
    "operator",
    "own",
    "risk",
    "treasurer",
]
