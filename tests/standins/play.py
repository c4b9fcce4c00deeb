"""A contract for tests that trusts a source without the vote a real network needs."""

from heqi.finance import verifications
from heqi.finance.verifications.model import Source
from heqi.kernel.contracts import Context, Contract, maker, own

contract = Contract("listening", title=("旁听", "Listening"), uses=(verifications.register,))


@contract.action("信任", by=maker(own))
def believe(ctx: Context, source: Source) -> Source:
    """信任一个数据源。
    Trust a source."""
    return verifications.trust(ctx, source)
