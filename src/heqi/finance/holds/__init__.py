"""持有授权: a hold is the only way one application may act on an asset that is at home in another (law 4)."""

from heqi.finance.holds.model import (
    Asset,
    Hold,
    HoldConfirmed,
    HoldId,
    HoldLapsed,
    HoldPlaced,
    HoldReleased,
    HoldReturned,
    HoldStage,
    Moment,
)
from heqi.finance.holds.register import binding, confirm, find, get, give_back, place, register, release, until_confirmed

__all__ = [
    "Asset",
    "Hold",
    "HoldConfirmed",
    "HoldId",
    "HoldLapsed",
    "HoldPlaced",
    "HoldReleased",
    "HoldReturned",
    "HoldStage",
    "Moment",
    "binding",
    "confirm",
    "find",
    "get",
    "give_back",
    "place",
    "register",
    "release",
    "until_confirmed",
]
