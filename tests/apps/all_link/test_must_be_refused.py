"""S03.11: what must be refused, each with its code, the state unchanged, and which fault is named first."""

import pytest

from .scene import BOTH, GROUP, MATURITY, NO, WHOLE, m, pair


def test_1_nobody_issues_a_fen_more_than_the_quota_leaves(s):
    s.accepted("2400000.00")
    s.owe("AP-2", "2600000.01")
    told = s.refuse("LIMIT_EXCEEDED", "all_link.issue_fjt", BOTH, **s.request("2600000.01", "FJT-2", items=["AP-2"]))
    assert told["details"]["available"] == "2,600,000.00 CNY"
    s.do("all_link.issue_fjt", BOTH, **s.request("2600000.00", "FJT-2", items=["AP-2"]))


def test_2_an_item_without_matched_goods_receipt_is_not_imported(s):
    told = s.refuse("DOC_NOT_VERIFIED", "all_link.import_ap", "foton.api", items=[s.item("A", 1), s.item("B", 1, gr_ir_matched=False)])
    assert told["field"] == "items[1]"


@pytest.mark.parametrize("again", ["1000-2026-51", "1000 2026 51", "１０００－2026／51"])
def test_3_the_same_item_is_imported_once_however_it_is_written(s, again):
    s.owe("1000-2026-51", 5)
    s.refuse("DUP_USE", "all_link.import_ap", "foton.api", items=[s.item(again, 5)])
    twice = [s.item("X-1", 5), s.item("x1", 5)]
    assert s.refuse("DUP_USE", "all_link.import_ap", "foton.api", items=twice)["field"] == "items[1]"


@pytest.mark.parametrize("cuts", [[0], [100], [99, 99], [50, 40], [200], [], [-1], list(range(1, 102))])
def test_4_no_part_of_a_split_is_empty(s, cuts):
    note = s.accepted("1.00")
    s.refuse("SCHEMA_INVALID", "all_link.split", pair("jia"), note=note, cuts=cuts)


def test_4_nothing_is_passed_on_as_a_note_of_nothing(s):
    note = s.accepted("1.00")
    s.refuse("SCHEMA_INVALID", "all_link.transfer", pair("jia"), note=note, amount=m(0), to=s.org("yi"), basis=[])


def test_5_a_note_goes_to_admitted_members_only(s):
    stranger = "91990000MA0001843A"
    args = {"note": s.accepted("100.00"), "amount": m(10), "to": stranger, "basis": s.invoice("jia", "yi", 10)}
    s.refuse("ROLE_FORBIDDEN", "all_link.transfer", pair("jia"), **args)


def test_6_a_note_is_passed_on_against_trade_documents_only(s):
    note = s.accepted("100.00")
    give = {"note": note, "amount": m(10), "to": s.org("yi")}
    unverified = [{"document": {"doc_type": "INVOICE", "number": "26990000000000000777"}, "amount": m(10)}]
    for basis in ([], unverified, s.invoice("jia", "yi", "9.99")):
        s.refuse("DOC_NOT_VERIFIED", "all_link.transfer", pair("jia"), **give, basis=basis)
    s.refuse("DOC_MISMATCH", "all_link.transfer", pair("jia"), **give, basis=s.invoice("yi", "jia", 10))


@pytest.mark.parametrize("desks", [pair("foton"), BOTH, pair("everbright"), "jia.maker foton.checker"])
def test_7_nobody_accepts_for_the_payee(s, desks):
    s.offered("100.00")
    code = "ROLE_FORBIDDEN" if "jia" in desks else "SIGNATURE_INVALID"
    s.refuse(code, "all_link.accept", desks, package=NO)


def test_8_a_pledged_note_is_not_financed(s):
    note = s.accepted("100.00")
    s.do("play.pledge", "jia.maker boc.maker", note=note, pledgee=s.org("boc"))
    s.refuse("STATE_INVALID", "all_link.request_finance", "jia.maker jia.approver", **s.finance_request(note, "100.00"))
    s.refuse("STATE_INVALID", "all_link.transfer", pair("jia"), note=note, amount=m(10), to=s.org("yi"), basis=[])


def test_9_a_factor_pays_the_ledgers_figure_and_no_other(s):
    request = s.registered(s.accepted("100000.00"), "jia", "100000.00")
    for fen in (-1, 1):
        wrong = {"ccy": "CNY", "minor": request["proceeds"]["minor"] + fen}
        s.refuse("DOC_MISMATCH", "all_link.fund_fjt", "factor.treasurer factor.checker", request=request["request"], proceeds=wrong)


@pytest.mark.parametrize(
    "desks", [pair("platform"), "platform.operator", "jia.maker platform.checker", "jia.maker jia.checker platform.maker"]
)
def test_10_the_platform_operator_transfers_nothing(s, desks):
    args = {"note": s.accepted("100.00"), "amount": m(10), "to": s.org("yi"), "basis": s.invoice("jia", "yi", 10)}
    s.refuse("ROLE_FORBIDDEN", "all_link.transfer", desks, **args)


def test_11_what_was_signed_for_is_not_recalled(s):
    note = s.pass_on(s.accepted("100.00"), "jia", "yi", "40.00")
    s.refuse("STATE_INVALID", "all_link.recall", pair("jia"), note=note)


MONTH = {"month": "2026-02", "retail_units": 10, "stock_units": 50, "aged_90d_units": 0, "overdue_days": 0, "payments_on_time_bps": 10_000}


def programme_of_the_dealer(s):
    s.do(
        "limits.grant", GROUP, title="FJT-DEALER", parent=None, holder=s.org("dealer"), approved=m(1_000_000), revolving=True,
        valid_to="2027-03-09",
    )  # fmt: skip
    line = f"{s.org('foton_group')}/{s.org('dealer')}/FJT-DEALER"
    args = {"issuer": s.org("dealer"), "quota": line, "confirm_bank": None, "confirm_limit": None}
    s.do("all_link.admit_issuer", f"{GROUP} dealer.maker", **args)
    s.do("all_link.import_ap", "dealer.api", items=[s.item("D-1", "500.00")])


def test_12_a_dealer_of_band_d_issues_nothing(s):
    programme_of_the_dealer(s)
    desks = "dealer.maker dealer.checker foton_group.approver"
    args = {"package": "FJT-D1", "first_payee": s.org("jia"), "items": ["D-1"], "face": m("500.00"), "maturity": MATURITY, "plant": "4S"}
    s.refuse("ELIGIBILITY_FAILED", "all_link.issue_fjt", desks, **args)  # Not rated at all.
    bad = {**MONTH, "dealer": s.org("dealer"), "aged_90d_units": 50, "overdue_days": 30}
    assert s.do("all_link.record_dealer_month", "foton_group.api", month=bad)["band"] == "D"  # 100 − 40 − 30 = 30
    s.refuse("ELIGIBILITY_FAILED", "all_link.issue_fjt", desks, **args)
    # The newest month counts, whichever is reported last.
    better = {**bad, "month": "2026-03", "aged_90d_units": 10, "overdue_days": 4, "payments_on_time_bps": 9000}
    assert s.do("all_link.record_dealer_month", "foton_group.api", month=better)["band"] == "B"
    s.do("all_link.record_dealer_month", "foton_group.api", month={**bad, "overdue_days": 20})
    s.do("all_link.issue_fjt", desks, **args)


# --- which fault is named first ----------------------------------------------------------------------------------------------
ISSUE_LADDER = [
    ("RATE_INVALID", {"confirm_fee_pct": "4.80"}),  # The form of the request,
    ("SIGNATURE_INVALID", {"desks": "foton.maker foton.checker"}),  # who signs,
    ("NOT_FOUND", {"items": ["AP-NONE", "AP-1"]}),  # the open items,
    ("DOC_MISMATCH", {"first_payee": "bing"}),
    ("DUP_USE", {"face": "9000000.00"}),
    ("DATE_INVALID", {"maturity": "2026-03-10"}),  # the voucher itself,
    ("ALREADY_EXISTS", {"package": "FJT-OLD"}),
    ("LIMIT_EXCEEDED", {"face": "5000000.01"}),  # at last the quota.
]


@pytest.mark.parametrize("step", range(len(ISSUE_LADDER)), ids=[code for code, _ in ISSUE_LADDER])
def test_an_issue_with_several_faults_is_refused_for_the_first(s, step):
    s.owe("AP-1", "6000000.00")
    s.offered("1.00", "FJT-OLD", items=[s.owe("AP-OLD", "1.00")])
    wrong = {name: value for _, change in reversed(ISSUE_LADDER[step:]) for name, value in change.items()}
    desks = wrong.pop("desks", BOTH)
    if "face" in wrong:
        wrong["face"] = m(wrong["face"])
    if "first_payee" in wrong:
        wrong["first_payee"] = s.org(wrong["first_payee"])
    s.refuse(ISSUE_LADDER[step][0], "all_link.issue_fjt", desks, **(s.request("100.00", items=["AP-1"]) | wrong))


def test_import_names_the_first_fault_of_the_first_unfit_item(s):
    s.owe("OLD", 1)
    ladder = [
        ("SCHEMA_INVALID", s.item("--", 1, gr_ir_matched=False)),
        ("MONEY_INVALID", s.item("OLD", 1, amount={"ccy": "USD", "minor": 1}, gr_ir_matched=False)),
        ("DOC_NOT_VERIFIED", s.item("OLD", 1, gr_ir_matched=False)),
        ("DUP_USE", s.item("OLD", 1) | {"vendor": "91990000MA0001843A"}),
        ("ROLE_FORBIDDEN", s.item("NEW", 1) | {"vendor": "91990000MA0001843A"}),
    ]
    for place in range(len(ladder)):
        code, _ = ladder[place]
        told = s.refuse(code, "all_link.import_ap", "foton.api", items=[s.item("FIT", 1), *(item for _, item in ladder[place:])])
        assert told["field"] == "items[1]"
    s.refuse("SCHEMA_INVALID", "all_link.import_ap", "foton.api", items=[])
    s.refuse("SCHEMA_INVALID", "all_link.import_ap", "foton.api", items=[s.item(f"N{i}", 1) for i in range(201)])
    s.refuse("SCHEMA_INVALID", "all_link.import_ap", "foton.api", items=[s.item("SELF", 1, "foton")])


def test_a_transfer_with_several_faults_is_refused_for_the_first(s):
    held = s.accepted("100.00")
    offered = s.offer(held, "jia", "yi", "10.00")
    rest = f"{NO}:{1001}"
    give = {"amount": m("100.00"), "to": s.org("jia"), "basis": []}
    s.refuse("SCHEMA_INVALID", "all_link.transfer", pair("yi"), note="no note", **give)
    s.refuse("NOT_FOUND", "all_link.transfer", pair("yi"), note=f"{NO}:7", **give)
    s.refuse("SIGNATURE_INVALID", "all_link.transfer", pair("yi"), note=offered, **give)
    s.refuse("STATE_INVALID", "all_link.transfer", pair("jia"), note=offered, **give)
    s.refuse("AMOUNT_EXCEEDS_BALANCE", "all_link.transfer", pair("jia"), note=rest, **give)
    s.refuse("SCHEMA_INVALID", "all_link.transfer", pair("jia"), note=rest, **{**give, "amount": m(1)})
    s.refuse("DOC_NOT_VERIFIED", "all_link.transfer", pair("jia"), note=rest, **{**give, "amount": m(1), "to": s.org("yi")})
    assert held == WHOLE == offered
