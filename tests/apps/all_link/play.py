"""What other applications may do with a note that All-Link issued: here, give it in pledge."""

from heqi.finance import vouchers
from heqi.finance.vouchers import Note, NoteId
from heqi.kernel.contracts import Context, Contract, anyone, maker
from heqi.types.ids import PartyId

contract = Contract("play", title=("演练", "Play"), uses=(vouchers.register,))


def pledgee(ctx: Context, pledgee: PartyId) -> PartyId:
    """the pledgee"""
    return pledgee


@contract.action("质押", by=(maker(anyone), maker(pledgee)))
def pledge(ctx: Context, note: NoteId, pledgee: PartyId) -> Note:
    """持有人与质权人双签质押。
    Holder and pledgee both sign a pledge."""
    return vouchers.pledge(ctx, note, pledgee)
