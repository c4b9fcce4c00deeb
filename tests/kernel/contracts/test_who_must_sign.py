"""Seats and signatures: every seat filled by another person, every signature in a seat, refusals in their stated order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heqi.kernel.contracts import Seat, Signatory, Signer, anyone, checker, maker, own
from heqi.kernel.contracts.authority import ANY, check_signed
from heqi.types.rejection import Rejection

FOTON, JIA, PLATFORM = "91990000MA00019153", "91990000MA00020535", "91990000MA00028973"


def signer(name: str, org: str, *roles: str, person: str | None = None, active: bool = True) -> Signer:
    return Signer(
        user=f"{org}/{name}", org=org, org_type="PLATFORM" if org == PLATFORM else "CORE", active=active, person=person or f"{org}-{name}",
        roles=roles, certificate=f"sha256:{name}", alg="ed25519", public_key=b"",
    )  # fmt: skip


LI = signer("li", FOTON, "maker")
WANG = signer("wang", FOTON, "checker")
ZHAO = signer("zhao", FOTON, "maker", "checker", "approver")
LI_AGAIN = signer("li2", FOTON, "checker", person=LI.person)
SUN = signer("sun", JIA, "maker")
SUSPENDED = signer("zhou", JIA, "maker", active=False)
OPERATOR = signer("op", PLATFORM, "operator", "maker", "checker")

FOTON_MAKER, FOTON_CHECKER, FOTON_APPROVER = Seat("maker", FOTON), Seat("checker", FOTON), Seat("approver", FOTON)
JIA_MAKER, ANY_MAKER = Seat("maker", JIA), Seat("maker", None)


@pytest.mark.parametrize(
    ("seats", "signers"),
    [
        ([FOTON_MAKER], [LI]),
        ([FOTON_MAKER, FOTON_CHECKER], [LI, WANG]),
        ([FOTON_MAKER, FOTON_CHECKER], [WANG, LI]),  # The order of signatures means nothing.
        ([FOTON_MAKER, FOTON_CHECKER], [ZHAO, LI]),  # Zhao could be either; only checker leaves a seat for Li.
        ([FOTON_MAKER, FOTON_CHECKER, FOTON_APPROVER], [ZHAO, WANG, LI]),
        ([FOTON_MAKER, JIA_MAKER], [SUN, LI]),
        ([ANY_MAKER], [SUN]),
        ([Seat("any", None)], [WANG]),
        ([Seat("any", JIA)], [SUN]),
        ([Seat("operator", PLATFORM)], [OPERATOR]),
        ([Seat("operator", None)], [OPERATOR]),
        ([], []),
    ],
)
def test_signatures_that_fill_every_seat_are_enough(seats: list[Seat], signers: list[Signer]) -> None:
    check_signed(seats, signers)


@pytest.mark.parametrize(
    ("seats", "signers", "code", "says"),
    [
        # 1. The platform signs no business, whatever its users' roles say and whatever else is wrong.
        ([FOTON_MAKER], [OPERATOR], "ROLE_FORBIDDEN", "no business signing rights"),
        ([FOTON_MAKER, FOTON_CHECKER], [LI, OPERATOR], "ROLE_FORBIDDEN", "no business signing rights"),
        ([ANY_MAKER], [OPERATOR], "ROLE_FORBIDDEN", "no business signing rights"),
        ([Seat("any", None)], [OPERATOR], "ROLE_FORBIDDEN", "no business signing rights"),
        # 2. A suspended organisation signs nothing.
        ([JIA_MAKER], [SUSPENDED], "ROLE_FORBIDDEN", "not active"),
        ([FOTON_MAKER], [SUSPENDED], "ROLE_FORBIDDEN", "not active"),
        # 3. Who must sign has not.
        ([FOTON_MAKER], [SUN], "SIGNATURE_INVALID", f"signature of {FOTON}'s maker is missing"),
        ([FOTON_MAKER, JIA_MAKER], [LI], "SIGNATURE_INVALID", f"signature of {JIA}'s maker is missing"),
        ([FOTON_CHECKER, JIA_MAKER], [LI], "SIGNATURE_INVALID", f"signature of {JIA}'s maker is missing"),
        # 4. They have, but nobody with the role.
        ([FOTON_MAKER], [WANG], "ROLE_FORBIDDEN", f"no signer is maker at {FOTON}"),
        ([FOTON_MAKER, FOTON_APPROVER], [LI, WANG], "ROLE_FORBIDDEN", f"no signer is approver at {FOTON}"),
        ([Seat("operator", None)], [LI], "ROLE_FORBIDDEN", "no signer is operator"),
        # 5. One person would sit on two seats.
        ([FOTON_MAKER, FOTON_CHECKER], [LI, LI_AGAIN], "SEGREGATION_OF_DUTIES", "one person cannot act as"),
        # 6. Seats remain, or signatures.
        ([FOTON_MAKER, FOTON_CHECKER], [ZHAO], "SIGNATURE_INVALID", "too few signatures"),
        ([FOTON_MAKER], [LI, WANG], "SIGNATURE_INVALID", "fills no seat"),
        ([FOTON_MAKER], [LI, SUN], "SIGNATURE_INVALID", "fills no seat"),
        ([FOTON_MAKER, FOTON_CHECKER], [LI, WANG, LI_AGAIN], "SIGNATURE_INVALID", "fills no seat"),
        ([], [LI], "SIGNATURE_INVALID", "fills no seat"),
    ],
)
def test_what_is_missing_is_refused_in_the_stated_order(seats: list[Seat], signers: list[Signer], code: str, says: str) -> None:
    with pytest.raises(Rejection) as refusal:
        check_signed(seats, signers)
    assert refusal.value.code == code
    assert says in refusal.value.text("en")


PEOPLE = [LI, WANG, ZHAO, LI_AGAIN, SUN, SUSPENDED, OPERATOR]
SEATS = [FOTON_MAKER, FOTON_CHECKER, FOTON_APPROVER, JIA_MAKER, ANY_MAKER, Seat("any", None), Seat("operator", None)]


def may_sit(seat: Seat, person: Signer) -> bool:
    """The rule for one seat and one person, written down once more."""
    if not person.active or (seat.org not in (None, person.org)):
        return False
    if seat.role == "operator":
        return person.org_type == "PLATFORM" and "operator" in person.roles
    return person.org_type != "PLATFORM" and (seat.role == "any" or seat.role in person.roles)


@given(st.lists(st.sampled_from(SEATS), max_size=4), st.lists(st.sampled_from(PEOPLE), max_size=4, unique=True))
def test_an_act_passes_exactly_when_each_seat_and_each_signature_has_its_other_half(seats: list[Seat], signers: list[Signer]) -> None:
    def seatings(left: list[Seat], people: list[Signer]) -> bool:
        if not left or not people:
            return not left and not people
        return any(may_sit(left[0], p) and seatings(left[1:], [q for q in people if q is not p]) for p in people)

    one_person_once = len({person.person for person in signers}) == len(signers)
    try:
        check_signed(seats, signers)
        passed = True
    except Rejection:
        passed = False
    assert passed == (one_person_once and seatings(seats, signers))


def test_a_seat_whose_party_is_nobody_is_not_needed() -> None:
    def bank(ctx: Any, confirmed: bool) -> str | None:
        """the confirming bank, if there is one"""
        return JIA if confirmed else None

    class Request:
        confirmed = False

    signatory = maker(bank)
    assert signatory.takes == ("confirmed",)
    assert signatory.organisation(None, Request()) is None
    Request.confirmed = True
    assert signatory.organisation(None, Request()) == JIA


def test_the_catalogue_says_in_words_who_signs() -> None:
    assert maker(own).describe() == {"role": "maker", "role_zh": "经办", "party": "the acting organisation"}
    assert checker(anyone).describe()["party"] == "any member"
    assert Signatory("any", anyone).organisation(None, None) == ANY
