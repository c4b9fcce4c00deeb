"""python -m heqi.standins.bank --port P [--db FILE] [--seed s03|FILE] [--key FILE]"""

import msgspec

from heqi.standins.bank import acts, books, payments
from heqi.standins.bank.books import AccountKey
from heqi.standins.bank.webhooks import deliver
from heqi.standins.service import StandIn
from heqi.standins.start import Seed, Source, main
from heqi.standins.store import Store
from heqi.types.refusals import SchemaInvalid


class SeedAccount(msgspec.Struct, forbid_unknown_fields=True):
    """An account of a seed file; `balance` and `limit` in minor units."""

    bank: str
    no: str
    name: str
    kind: str = "GENERAL"
    ccy: str = "CNY"
    balance: int = 0
    limit: int | None = None
    status: str = "ACTIVE"


class SeedBank(msgspec.Struct, forbid_unknown_fields=True):
    """A bank of a seed file."""

    cnaps: str
    name: str


class BankSeed(msgspec.Struct, forbid_unknown_fields=True):
    """The section `bank` of a seed file."""

    banks: list[SeedBank]
    accounts: list[SeedAccount]


def seed(store: Store, data: Seed) -> None:
    """Banks and accounts of a seed file; balances are paid in as cash, so the books balance from the first day."""
    if isinstance(data, int):
        raise SchemaInvalid(problem="--seed N: sim-bank 需要种子文件 needs a seed file")
    given = msgspec.convert(data, BankSeed)
    for bank in given.banks:
        books.open_bank(store, bank.cnaps, bank.name)
    for one in given.accounts:
        key = AccountKey(one.bank, one.no)
        books.open_account(store, key, name=one.name, kind=one.kind, ccy=one.ccy, limit_minor=one.limit, status=one.status)
        if one.balance:
            books.deposit(store, key, one.balance)


def attach(stand_in: StandIn) -> None:
    """Gives the stand-in its acts and its postman."""
    acts.Acts(stand_in)
    stand_in.background = lambda: deliver(stand_in)


SOURCE = Source("sim-bank", books.SCHEMA + payments.SCHEMA + acts.SCHEMA, seed, attach)

if __name__ == "__main__":
    main(SOURCE)
