"""Who must sign: `by=` names seats, each a role at an organisation; the signers of a transaction must fill them.

    by=(maker(holder), checker(holder))

`holder` is a function of the context and of some of the action's arguments that returns an organisation (or None: the seat
is not needed). Every seat is filled by another natural person, every signer fills a seat: there are no idle signatures.

Refusals, in this order: a platform signs business → ROLE_FORBIDDEN; a signer's organisation is not active → ROLE_FORBIDDEN;
an organisation that must sign has not → SIGNATURE_INVALID; it has, but nobody with the role → ROLE_FORBIDDEN;
two seats would fall to one person → SEGREGATION_OF_DUTIES; a signature fills no seat → SIGNATURE_INVALID.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from heqi.proof.suites import Algorithm
from heqi.types.refusals import RoleForbidden, SegregationOfDuties, SignatureInvalid

ROLES = {
    "org_admin": "机构管理员",
    "maker": "经办",
    "checker": "复核",
    "approver": "审批",
    "treasurer": "资金",
    "risk": "风控",
    "viewer": "查询",
    "auditor": "审计",
    "api": "系统接口",
    "operator": "平台运营",
    "resolution": "成员表决",
    "any": "任一岗位",
}
PLATFORM = "PLATFORM"
PLATFORM_ROLES = ("operator", "org_admin")
"""What the platform may sign: the day end, and the keys of its own people."""


class Signer(msgspec.Struct, frozen=True):
    """One person's signature, resolved at this height. `person` is the salted hash of the identity number."""

    user: str
    org: str
    org_type: str
    active: bool
    person: str
    roles: tuple[str, ...]
    certificate: str
    alg: Algorithm
    public_key: bytes


class Seat(NamedTuple):
    """A role at an organisation that one signature must fill. `org` None: any active member."""

    role: str
    org: str | None


class Signatory:
    """One line of `by=`: a role and the function that tells whose."""

    def __init__(self, role: str, party: Callable[..., str | None]) -> None:
        if role not in ROLES:
            raise ValueError(f"unknown role {role!r}")
        self.role, self.party = role, party
        self.takes = tuple(inspect.signature(party).parameters)[1:]

    def organisation(self, ctx: Any, request: Any) -> str | None:
        """Whose signature this request needs; None: nobody's, ANY: any member's."""
        return self.party(ctx, *[getattr(request, name) for name in self.takes])

    def describe(self) -> dict[str, str]:
        """For the catalogue: `signed by` in words."""
        return {"role": self.role, "role_zh": ROLES[self.role], "party": (self.party.__doc__ or self.party.__name__).strip()}


ANY = "*"


def anyone(ctx: Any) -> str:
    """any member"""
    return ANY


def own(ctx: Any) -> str:
    """the acting organisation"""
    return ctx.org


def maker(party: Callable[..., str | None]) -> Signatory:
    """The one who prepares (经办)."""
    return Signatory("maker", party)


def checker(party: Callable[..., str | None]) -> Signatory:
    """The one who verifies (复核), another person than the maker."""
    return Signatory("checker", party)


def approver(party: Callable[..., str | None]) -> Signatory:
    """The one who authorises (审批)."""
    return Signatory("approver", party)


def treasurer(party: Callable[..., str | None]) -> Signatory:
    """The one who releases money (资金)."""
    return Signatory("treasurer", party)


def admin(party: Callable[..., str | None]) -> Signatory:
    """The one who keeps users and votes for the organisation (机构管理员)."""
    return Signatory("org_admin", party)


def api(party: Callable[..., str | None]) -> Signatory:
    """An organisation's system interface (系统接口)."""
    return Signatory("api", party)


def operator(party: Callable[..., str | None]) -> Signatory:
    """The platform, for the day end only (平台运营)."""
    return Signatory("operator", party)


def anybody(party: Callable[..., str | None]) -> Signatory:
    """Whichever desk: for acts whose signers are compared elsewhere, such as signing a proposal."""
    return Signatory("any", party)


def risk(party: Callable[..., str | None]) -> Signatory:
    """The one who lays down rules (风控)."""
    return Signatory("risk", party)


RESOLUTION = Signatory("resolution", anyone)
"""`by=RESOLUTION`: no signature will do, only a motion the members have carried."""


def check_signed(seats: Sequence[Seat], signers: Sequence[Signer]) -> None:
    """Refuse unless the signers fill the seats, person by person. The order of refusals is in the module's docstring."""
    # The common case first: seats and signers come in the same order.
    in_order = len(seats) == len(signers) and all(fits(seat, signer) for seat, signer in zip(seats, signers, strict=True))
    if in_order and len({signer.person for signer in signers}) == len(signers):
        return
    for signer in signers:
        if signer.org_type == PLATFORM and not any(seat.role in PLATFORM_ROLES for seat in seats):
            raise RoleForbidden(problem=f"平台 {signer.org} 无业务签署权 (the platform operator has no business signing rights)")
        if not signer.active:
            raise RoleForbidden(problem=f"机构 {signer.org} 未处于正常状态 (organisation not active)")
    present = {signer.org for signer in signers}
    for seat in seats:
        if seat.org is not None and seat.org not in present:
            raise SignatureInvalid(problem=f"缺少 {seat.org} {ROLES[seat.role]}的签名 (signature of {seat.org}'s {seat.role} is missing)")
    for seat in seats:
        if not any(fits(seat, signer) for signer in signers):
            where = seat.org or "any member"
            raise RoleForbidden(problem=f"签名人不具备 {where} {ROLES[seat.role]}岗位 (no signer is {seat.role} at {where})")
    if not _assign(seats, signers, frozenset()):
        if len({signer.person for signer in signers}) < len(seats) and len(signers) >= len(seats):
            raise SegregationOfDuties(roles="、".join(f"{ROLES[seat.role]}/{seat.role}" for seat in seats))
        missing = "、".join(f"{seat.org or 'any'}:{seat.role}" for seat in seats)
        raise SignatureInvalid(problem=f"签名人数不足，需要 {missing} (too few signatures, needed: {missing})")
    if len(signers) > len(seats):
        raise SignatureInvalid(problem="有多余的签名 (a signature fills no seat)")


def fits(seat: Seat, signer: Signer) -> bool:
    """May this person fill this seat?"""
    if not signer.active or (seat.role not in signer.roles and seat.role != "any"):
        return False
    if signer.org_type == PLATFORM and seat.role not in PLATFORM_ROLES:  # The platform operates; it does no business.
        return False
    if signer.org_type != PLATFORM and seat.role == "operator":
        return False
    return seat.org is None or seat.org == signer.org


def _assign(seats: Sequence[Seat], signers: Sequence[Signer], taken: frozenset[str]) -> bool:
    """Can every seat be given to a signer, no person twice? (A handful of seats: plain search.)"""
    if not seats:
        return True
    return any(
        _assign(seats[1:], signers, taken | {signer.person}) for signer in signers if signer.person not in taken and fits(seats[0], signer)
    )
