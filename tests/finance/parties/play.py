"""A contract for tests that asks the register what other registers ask it."""

from heqi.finance import parties
from heqi.finance.parties import Account
from heqi.kernel.contracts import Context, Contract, maker, own
from heqi.types.ids import Cnaps, PartyId

contract = Contract("asking", title=("询问", "Asking"), uses=(parties.register,))


@contract.action("结算账户", by=maker(own))
def where(ctx: Context, org: PartyId) -> Account:
    """一家机构的结算账户。
    Where an organisation is paid."""
    return parties.settlement_account(ctx, org)


@contract.action("开户行", by=maker(own))
def bank(ctx: Context, cnaps: Cnaps) -> PartyId:
    """联行号所属银行。
    Whose bank number it is."""
    return parties.bank_org(ctx, cnaps)


@contract.action("准入", by=maker(own))
def clear(ctx: Context, org: PartyId) -> None:
    """一家机构能否成为新业务的当事人。
    May it be a party to new business?"""
    parties.require_clear(ctx, org)
