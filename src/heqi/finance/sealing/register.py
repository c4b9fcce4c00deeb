"""Reader keys of the members, and the check of an envelope's address (visibility class P2, C14).

What holds here: an envelope kept on the ledger is bound to this chain, this suite and this record, and names exactly the readers its
act is for, the regulators always among them. What does not: that a reader can open it. The ledger sees neither key nor content; the
envelope's own commitment tells every reader who can open it that all read the same document.
"""

from collections.abc import Collection

from heqi.finance.sealing.model import Readable, ReaderKey, ReaderKeyPublished
from heqi.kernel.contracts import Context, Register, checker, maker, members, own
from heqi.kernel.identity import contract as identity
from heqi.kernel.identity.model import OrgType
from heqi.privacy.envelope import Envelope
from heqi.types.ids import PartyId
from heqi.types.refusals import SchemaInvalid

register = Register("sealing", title=("密封", "Sealing"), uses=(identity.register,))

keys = register.table("key", ReaderKey, key=("org",))

CIPHERTEXT_MAX = 65_536
KEY_HEX = {"intl": 64, "gm": 130}


@register.action("公布收件公钥", by=(maker(own), checker(own)))
def publish_key(ctx: Context, public_key: Readable) -> ReaderKey:
    """公布本机构的收件公钥，此后给本机构的密封文件以此加密。
    Publish the key to which documents for one's own organisation are sealed from now on."""
    check_suite(ctx, public_key)
    ctx.emit(ReaderKeyPublished(org=ctx.org, public_key=public_key))
    return keys.put(ctx, ReaderKey(org=ctx.org, public_key=public_key, since=ctx.time))


def check_suite(ctx: Context, public_key: Readable) -> None:
    """Refuse a reader's key of another suite than the chain's: SCHEMA_INVALID."""
    if len(public_key) != KEY_HEX[ctx.suite.name]:
        raise SchemaInvalid(problem=f"公钥不属于本链密码套件 {ctx.suite.name} (a key of another suite)", field="public_key")


def key_of(ctx: Context, org: PartyId) -> ReaderKey:
    """The key to seal to for an organisation. Refuses: NOT_FOUND."""
    return keys.get(ctx, org)


def overseers(ctx: Context) -> list[PartyId]:
    """The regulators: readers of every envelope by policy (conventions §1.6). Refuses NOT_FOUND while one has published no key."""
    return [key_of(ctx, member.org).org for member in identity.active(ctx) if member.org_type is OrgType.REGULATOR]


def check_addressed(ctx: Context, envelope: Envelope, record: str, readers: Collection[str]) -> None:
    """Refuse an envelope that is not this record's, or not to these readers and the regulators alone: SCHEMA_INVALID."""
    named = sorted(wrapped.recipient for wrapped in envelope.recipients)
    expected = sorted({*readers, *overseers(ctx)})
    place = (envelope.suite, envelope.chain, envelope.record)
    if place != (ctx.suite.name, ctx.chain, record):
        raise SchemaInvalid(problem=f"密封文件不属于本记录 {record} (an envelope of another record)", field="envelope")
    if named != expected:
        raise SchemaInvalid(problem=f"收件方须为 {'、'.join(expected)} (the readers must be these)", field="envelope")
    if len(envelope.ciphertext) > CIPHERTEXT_MAX:
        raise SchemaInvalid(problem=f"密封文件超过 {CIPHERTEXT_MAX} 字节 (a longer envelope)", field="envelope")


@register.view("收件公钥", sees=members)
def reader_key(ctx: Context, org: PartyId) -> ReaderKey:
    """一家机构公布的收件公钥。
    The key an organisation wants documents sealed to."""
    return key_of(ctx, org)


@register.view("监管收件公钥", sees=members)
def overseer_keys(ctx: Context) -> list[ReaderKey]:
    """监管机构的收件公钥：凡密封文件均须同时密封给它们。
    The regulators' keys: every document is sealed to them too."""
    return [key_of(ctx, org) for org in overseers(ctx)]
