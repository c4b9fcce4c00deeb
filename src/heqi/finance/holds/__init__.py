"""持有授权: a hold is the only way one application may act on an asset that is at home in another (law 4)."""

from heqi.finance.holds.model import Asset, Hold, HoldId, HoldLapsed, HoldPlaced, HoldReleased, HoldReturned, HoldStage
from heqi.finance.holds.register import binding, find, get, give_back, place, register, release

__all__ = [
    "Asset",
    "Hold",
    "HoldId",
    "HoldLapsed",
    "HoldPlaced",
    "HoldReleased",
    "HoldReturned",
    "HoldStage",
    "binding",
    "find",
    "get",
    "give_back",
    "place",
    "register",
    "release",
]
