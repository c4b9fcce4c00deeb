"""What each act of All-Link refuses beside S03.11: the wrong desk, the wrong stage, the wrong organisation, the wrong figure."""

import pytest

from heqi.apps import all_link

from .scene import BOTH, CONFIRM, COVER, FUND, GROUP, NO, WHOLE, digest, m, pair

REQUEST = "0" * 32

# Every act with the desks it needs, and all it needs besides; asked in the scene of `every_act`.
ACTS = {
    "admit_issuer": f"{GROUP} foton.maker",
    "import_ap": "foton.api",
    "issue_fjt": BOTH,
    "confirm_fjt": CONFIRM,
    "accept": pair("jia"),
    "reject": pair("jia"),
    "withdraw": pair("foton"),
    "split": pair("jia"),
    "transfer": pair("jia"),
    "sign_in": pair("yi"),
    "decline": pair("yi"),
    "recall": pair("jia"),
    "record_dealer_month": "foton_group.api",
    "request_finance": "jia.maker jia.approver",
    "auto_approve": "factor.api",
    "approve_finance": "factor.checker factor.approver",
    "decline_finance": "factor.checker factor.approver",
    "withdraw_finance": pair("jia"),
    "sign_assignment": "jia.maker jia.checker factor.maker",
    "register_assignment": "factor.api",
    "fund_fjt": FUND,
    "complete_funding": "factor.api",
    "reopen_funding": "factor.api",
    "refactor": f"{pair('factor')} {pair('boc')}",
    "complete_refactoring": "boc.api",
    "cancel_refactoring": "boc.api",
    "check_funds": "everbright.api",
    "auto_pay": "everbright.api",
    "settle": "everbright.api",
    "cover_shortfall": COVER,
    "take_back": "everbright.api",
    "claim_late_interest": pair("jia"),
    "repay_early": f"{pair('foton')} foton.approver {pair('jia')}",
    "complete_repayment": "foton.api",
    "cancel_repayment": "foton.api",
    "take_back_repayment": "foton.api",
}


def test_the_table_below_knows_every_act():
    assert ACTS.keys() == all_link.contract.actions.keys()


class Everything:
    """One scene with something for every act to act on: its requests are in order but for who signs."""

    def __init__(self, s):
        self.s = s
        s.offered("100.00", "FJT-9")
        s.do("all_link.issue_fjt", BOTH, **s.request("100.00", "FJT-8"))
        note = s.accepted("1000.00")
        offered = s.offer(note, "jia", "yi", "10.00")
        held = f"{NO}:1001"
        request = s.funded(held, "jia", "100.00")
        sold = s.do(
            "all_link.refactor", f"{pair('factor')} {pair('boc')}", request=request["request"], bank=s.org("boc"), rate="3.6",
            value_date=s.today,
        )["refactoring"]  # fmt: skip
        s.do("all_link.split", pair("jia"), note=f"{NO}:11001", cuts=[12_000])
        held = f"{NO}:12001"
        early = {"note": f"{NO}:11001", "discount_rate": "3", "value_date": s.today}
        repayment = {"repayment": s.do("all_link.repay_early", ACTS["repay_early"], **early)["repayment"]}
        quota = f"{s.org('foton_group')}/{s.org('foton')}/FJT-PLANT-1"
        month = {
            "dealer": s.org("foton"), "month": "2026-02", "retail_units": 1, "stock_units": 1, "aged_90d_units": 0, "overdue_days": 0,
            "payments_on_time_bps": 1,
        }  # fmt: skip
        package, asked, refactoring = {"package": NO}, {"request": request["request"]}, {"refactoring": sold}
        self.requests = dict.fromkeys(ACTS, package) | {
            "admit_issuer": {"issuer": s.org("foton"), "quota": quota, "confirm_bank": None, "confirm_limit": None},
            "import_ap": {"items": [s.item("NEW", 1)]},
            "issue_fjt": s.request("1.00", "FJT-7"),
            "confirm_fjt": {"package": "FJT-8"},
            "accept": {"package": "FJT-9"},
            "reject": {"package": "FJT-9"},
            "withdraw": {"package": "FJT-9"},
            "split": {"note": held, "cuts": [12_001]},
            "transfer": {"note": held, "amount": m(1), "to": s.org("yi"), "basis": s.invoice("jia", "yi", 1)},
            "sign_in": {"note": offered},
            "decline": {"note": offered},
            "recall": {"note": offered},
            "record_dealer_month": {"month": month},
            "request_finance": s.finance_request(held, "1.00"),
            "decline_finance": asked | {"reason": "额度已用尽"},
            "sign_assignment": asked | {"contract_digest": digest(REQUEST)},
            "register_assignment": asked | {"registration": "1"},
            "fund_fjt": asked | {"proceeds": m(1)},
            "refactor": asked | {"bank": s.org("boc"), "rate": "3.6", "value_date": s.today},
            "check_funds": package | s.balance("1.00"),
            "cover_shortfall": package | {"amount": m(1)},
            "claim_late_interest": package | {"part": 0},
            "repay_early": early | {"note": held},
            "complete_repayment": repayment,
            "cancel_repayment": repayment,
            "take_back_repayment": repayment,
        }  # fmt: skip
        self.requests |= dict.fromkeys(["auto_approve", "approve_finance", "withdraw_finance", "complete_funding", "reopen_funding"], asked)
        self.requests |= dict.fromkeys(["complete_refactoring", "cancel_refactoring"], refactoring)


@pytest.fixture(scope="module")
def every_act():
    """Refused acts change nothing, so one scene serves all of them."""
    from .scene import Scene

    return Everything(Scene())


def other_desk(desks: str) -> str:
    """The same organisations, the first signer from a desk that has no part in the act."""
    first, _, rest = desks.partition(" ")
    return f"{first.partition('.')[0]}.risk {rest}".strip()


def other_organisation(desks: str) -> str:
    """The same desks of organisations that have nothing to do with it."""
    return " ".join(
        f"{party}.{desk.partition('.')[2]}" for party, desk in zip(("zhongbang", "bing", "registrar", "icbc"), desks.split(), strict=False)
    )


@pytest.mark.parametrize("act", ACTS)
def test_an_act_needs_its_own_desks(every_act, act):
    every_act.s.refuse("ROLE_FORBIDDEN", f"all_link.{act}", other_desk(ACTS[act]), **every_act.requests[act])


@pytest.mark.parametrize("act", [act for act, desks in ACTS.items() if " " in desks])
def test_an_act_of_several_needs_every_one_of_them(every_act, act):
    missing = ACTS[act].rpartition(" ")[0]
    receipt = every_act.s.stage.send(f"all_link.{act}", *every_act.s.desks(missing), **every_act.requests[act])
    assert receipt.code in ("SIGNATURE_INVALID", "ROLE_FORBIDDEN")
    every_act.s.refuse(receipt.code, f"all_link.{act}", missing, **every_act.requests[act])


OWN_ONLY = {
    "import_ap": "NOT_FOUND",
    "issue_fjt": "NOT_FOUND",
    "admit_issuer": "SIGNATURE_INVALID",
    "record_dealer_month": "ELIGIBILITY_FAILED",
    "claim_late_interest": "ROLE_FORBIDDEN",
}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_not_another_organisations(every_act, act):
    code = OWN_ONLY.get(act, "SIGNATURE_INVALID")
    every_act.s.refuse(code, f"all_link.{act}", other_organisation(ACTS[act]), **every_act.requests[act])


@pytest.mark.parametrize("act", ACTS)
def test_the_platform_operator_has_no_part_in_any_act(every_act, act):
    desks = ACTS[act].split()
    with_platform = " ".join(["platform.operator", *desks[1:]])
    receipt = every_act.s.stage.send(f"all_link.{act}", *every_act.s.desks(with_platform), **every_act.requests[act])
    # Where the act is of the first signer's own organisation, the platform has no programme to act in.
    assert receipt.code in (("ROLE_FORBIDDEN", "NOT_FOUND") if act == "issue_fjt" else ("ROLE_FORBIDDEN",))


UNKNOWN = {"package": "FJT-404", "note": "FJT-404:1", "request": REQUEST, "refactoring": REQUEST, "repayment": REQUEST}


@pytest.mark.parametrize("act", [act for act in ACTS if act not in ("admit_issuer", "import_ap", "issue_fjt", "record_dealer_month")])
def test_an_act_on_what_never_was_finds_nothing(every_act, act):
    given = every_act.requests[act]
    args = {name: UNKNOWN.get(name, value) for name, value in given.items()}
    assert args != given
    every_act.s.refuse("NOT_FOUND", f"all_link.{act}", ACTS[act], **args)


# --- stages -------------------------------------------------------------------------------------------------------------
# In the scene of `every_act` these come too late, or too early.
WRONG_STAGE = {
    "confirm_fjt": {"package": "FJT-9"},
    "accept": {"package": "FJT-8"},
    "reject": {"package": "FJT-8"},
    "withdraw": {"package": NO},
    "split": {"note": WHOLE},
    "transfer": {"note": WHOLE},
    "sign_in": {"note": f"{NO}:11001"},
    "decline": {"note": f"{NO}:11001"},
    "recall": {"note": f"{NO}:11001"},
    "request_finance": {"note": WHOLE},
    "auto_approve": {},
    "approve_finance": {},
    "decline_finance": {},
    "sign_assignment": {},
    "register_assignment": {},
    "fund_fjt": {},
    "complete_funding": {},
    "reopen_funding": {},
    "refactor": {},
    "settle": {},
    "cover_shortfall": {},
}


@pytest.mark.parametrize("act", WRONG_STAGE)
def test_an_act_out_of_its_stage_is_refused(every_act, act):
    every_act.s.refuse("STATE_INVALID", f"all_link.{act}", ACTS[act], **(every_act.requests[act] | WRONG_STAGE[act]))


# --- the programme --------------------------------------------------------------------------------------------------------
def programme(s, **changes):
    quota = f"{s.org('foton_group')}/{s.org('foton')}/FJT-PLANT-1"
    limit = f"{s.org('everbright')}/{s.org('foton')}/CONFIRM-FOTON"
    return {"issuer": s.org("foton"), "quota": quota, "confirm_bank": s.org("everbright"), "confirm_limit": limit} | changes


def test_a_programme_stands_on_the_groups_own_quota_and_the_banks_own_limit(s):
    desks = f"{GROUP} foton.maker"
    bank_line = programme(s)["confirm_limit"]
    s.refuse("DOC_MISMATCH", "all_link.admit_issuer", desks, **programme(s, quota=bank_line))
    s.refuse("DOC_MISMATCH", "all_link.admit_issuer", desks, **programme(s, confirm_bank=s.org("boc")))
    s.refuse("NOT_FOUND", "all_link.admit_issuer", desks, **programme(s, confirm_limit=None))
    s.refuse("DOC_MISMATCH", "all_link.admit_issuer", f"{GROUP} yi.maker", **programme(s, issuer=s.org("yi")))
    s.do("all_link.admit_issuer", desks, **programme(s))


def test_no_group_takes_an_issuer_from_another(s):
    """A stranger who granted a line of its own could otherwise put itself in the group's place and see its totals."""
    quota = f"{s.org('zhongbang')}/{s.org('foton')}/OURS"
    stranger = "zhongbang.maker zhongbang.checker zhongbang.approver"
    s.do("limits.grant", stranger, title="OURS", parent=None, holder=s.org("foton"), approved=m(1), revolving=True, valid_to="2027-01-01")
    args = programme(s, quota=quota, confirm_bank=None, confirm_limit=None)
    s.refuse("SIGNATURE_INVALID", "all_link.admit_issuer", stranger, **args)
    s.refuse("ALREADY_EXISTS", "all_link.admit_issuer", f"{stranger} foton.maker", **args)


def test_a_fee_needs_a_confirming_bank_and_a_bank_confirms_within_its_limit(s):
    s.do("all_link.admit_issuer", f"{GROUP} foton.maker", **programme(s, confirm_bank=None, confirm_limit=None))
    s.refuse("SCHEMA_INVALID", "all_link.issue_fjt", BOTH, **s.request("10.00"))
    s.offered("10.00", "FJT-2", confirm_fee_pct=None)
    s.refuse("SIGNATURE_INVALID", "all_link.confirm_fjt", CONFIRM, package="FJT-2")  # No bank was named for it.
    s.do("all_link.accept", pair("jia"), package="FJT-2")


def test_a_bank_confirms_no_more_than_its_limit(s):
    small = {
        "title": "SMALL",
        "parent": None,
        "holder": s.org("foton"),
        "approved": m("99.99"),
        "revolving": True,
        "valid_to": "2027-01-01",
    }
    s.do("limits.grant", "everbright.maker everbright.checker everbright.approver", **small)
    line = f"{s.org('everbright')}/{s.org('foton')}/SMALL"
    s.do("all_link.admit_issuer", f"{GROUP} foton.maker", **programme(s, confirm_limit=line))
    s.do("all_link.issue_fjt", BOTH, **s.request("100.00"))
    assert s.refuse("LIMIT_EXCEEDED", "all_link.confirm_fjt", CONFIRM, package=NO)["details"]["available"] == "99.99 CNY"
    s.refuse("STATE_INVALID", "all_link.accept", pair("jia"), package=NO)  # Not before the bank has confirmed.


def test_a_voucher_runs_six_months_or_longer_for_a_reason_and_a_year_at_most(s):
    s.owe("AP", 10)
    s.refuse("TENOR_EXCEEDED", "all_link.issue_fjt", BOTH, **s.request(10, items=["AP"], maturity="2026-09-11"))
    reason = {"tenor_reason": "合同约定账期九个月"}
    s.refuse("TENOR_EXCEEDED", "all_link.issue_fjt", BOTH, **s.request(10, items=["AP"], maturity="2027-03-11", **reason))
    s.do("all_link.issue_fjt", BOTH, **s.request(10, items=["AP"], maturity="2026-09-11", **reason))


# --- dealers --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("DOC_MISMATCH", {"aged_90d_units": 51}),
        ("SCHEMA_INVALID", {"month": "2026-13"}),
        ("SCHEMA_INVALID", {"overdue_days": -1}),
        ("RATE_INVALID", {"payments_on_time_bps": 10_001}),
        ("ELIGIBILITY_FAILED", {"dealer": "91990000MA0002264L"}),
    ],
)  # fmt: skip
def test_what_is_no_dealers_month(s, code, changes):
    month = {
        "dealer": s.org("foton"), "month": "2026-02", "retail_units": 80, "stock_units": 50, "aged_90d_units": 10, "overdue_days": 4,
        "payments_on_time_bps": 9000,
    }  # fmt: skip
    s.refuse(code, "all_link.record_dealer_month", "foton_group.api", month=month | changes)
