"""Evidence: digests claimed once by each organisation, in the order of time (存证, C02).

What holds here: a digest put again by the same organisation is its first claim; by another, it is a second claim beside the
first, and both are shown in the order they came; up to 10,000 digests are one claim to their Merkle root. What does not:
that the claimant made the content, or that the content is true; nor the content itself, which never comes here.
"""

from heqi.finance.evidence.model import (
    BizRef,
    Category,
    Claim,
    Count,
    Digest,
    DigestClaimed,
    Finding,
    Form,
    Limit,
    Notes,
    Sighting,
    Step,
)
from heqi.finance.evidence.rules import check_in_batch
from heqi.kernel.contracts import Context, Register, api, maker, members, own
from heqi.kernel.identity import contract as identity
from heqi.types.refusals import LimitExceeded

register = Register("evidence", title=("存证", "Evidence"), uses=(identity.register,))

claimed = register.table("claim", Claim, key=("digest", "place"), indexes={"org": ("org", "height")})

CLAIMS_MAX = 500
"""Organisations that may claim one digest: a bound for the work of one claim."""


@register.action("存证", by=maker(own))
def put(ctx: Context, digest: Digest, category: Category, biz_ref: BizRef = "", meta: Notes | None = None) -> Claim:
    """将一份内容的摘要存证；本机构重复提交时返回首次存证。
    Put the digest of a content on record; put again by the same organisation, it is the first claim."""
    return _claim(ctx, digest, Form.CONTENT, 1, category, biz_ref, meta or {})


@register.action("批量存证", by=api(own))
def put_batch(ctx: Context, root: Digest, count: Count, category: Category, biz_ref: BizRef = "", meta: Notes | None = None) -> Claim:
    """将至多一万个摘要以其默克尔根一次存证；每个摘要凭路径验证。
    Put up to ten thousand digests on record as one Merkle root; each of them is verified by its path."""
    return _claim(ctx, root, Form.BATCH, count, category, biz_ref, meta or {})


def _claim(ctx: Context, digest: str, form: Form, count: int, category: str, biz_ref: str, meta: dict[str, str]) -> Claim:
    before = claims(ctx, digest)
    for claim in before:
        if claim.org == ctx.org:
            return claim
    if len(before) >= CLAIMS_MAX:
        raise LimitExceeded(node=f"{digest} ({CLAIMS_MAX} claims)", available=0)
    claim = claimed.insert(
        ctx,
        Claim(
            digest=digest, place=len(before), form=form, count=count, org=ctx.org, user=ctx.signers[0].user, category=category,
            biz_ref=biz_ref, meta=meta, tx=ctx.tx_id, height=ctx.height, time=ctx.time, date=ctx.today,
        ),
    )  # fmt: skip
    ctx.emit(DigestClaimed(digest=digest, org=ctx.org, category=category))
    return claim


def claims(ctx: Context, digest: str) -> list[Claim]:
    """All claims to a digest, the earliest first."""
    return claimed.scan(ctx, digest)


@register.view("核对存证", sees=members)
def verify(ctx: Context, digest: Digest) -> Finding:
    """一份摘要是否已存证，及各方存证的先后。
    Whether a digest is on record, and whose claims came in what order."""
    found = claims(ctx, digest)
    return Finding(found=bool(found), claims=[_seen(claim) for claim in found])


@register.view("核对批量存证", sees=members)
def verify_in_batch(ctx: Context, digest: Digest, path: list[Step], root: Digest) -> Finding:
    """凭路径核对一份摘要是否在已存证的一批之中。
    Whether a digest is in a batch on record, by its path to the root."""
    check_in_batch(digest, path, root)
    found = [claim for claim in claims(ctx, root) if claim.form is Form.BATCH]
    return Finding(found=bool(found), claims=[_seen(claim) for claim in found])


def _seen(claim: Claim) -> Sighting:
    return Sighting(org=claim.org, form=claim.form, count=claim.count, tx=claim.tx, height=claim.height, time=claim.time)


@register.view("本机构存证", sees=members)
def list_claims(ctx: Context, limit: Limit = 100) -> list[Claim]:
    """本机构最近的存证，新的在前。
    One's own organisation's latest claims, newest first."""
    assert ctx.viewer is not None
    return claimed.by(ctx, "org", ctx.viewer.org, limit=limit, reverse=True)
