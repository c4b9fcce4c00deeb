"""Files of payables and of dealers' months: good rows proceed, bad rows are told, nothing is done twice."""

import pytest
from openpyxl import Workbook

from heqi.apps.all_link.importer import import_dealer_months, import_payables
from heqi.client.stage import Refused, StageDesk
from heqi.connectors.files.mapping import load_mapping
from heqi.types.refusals import SchemaInvalid

from .scene import m
from .test_must_be_refused import programme_of_the_dealer

CHINESE = ["应付单号", "统一社会信用代码", "供应商名称", "凭证号", "应付金额", "到期日", "三单匹配", "发票号码", "合同号", "工厂"]
NAMES = {"jia": "供应商甲", "yi": "供应商乙", "bing": "供应商丙"}


def row(s, ap_no, yuan="1000.00", vendor="jia", **changes):
    given = {
        "应付单号": ap_no, "统一社会信用代码": s.org(vendor), "供应商名称": NAMES[vendor], "凭证号": f"51{ap_no}",
        "应付金额": yuan,
        "到期日": "2026-08-07", "三单匹配": "是", "发票号码": "26990000000000000101", "合同号": "HT-1", "工厂": "P1",
    }  # fmt: skip
    return [str((given | changes)[name]) for name in CHINESE]


def csv(path, rows, header=CHINESE, encoding="utf-8"):
    path.write_text("\n".join(",".join(each) for each in [header, *rows]) + "\n", encoding=encoding)
    return path


def imported(s):
    return s.ask("all_link.my_payables", "foton.maker", limit=1000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_chinese_file_is_imported_whole(s, tmp_path, encoding):
    path = csv(tmp_path / "应付.csv", [row(s, f"A{i}", f"{i + 1}.05", "yi") for i in range(3)], encoding=encoding)
    done = import_payables(StageDesk(s.stage, s.cast.foton.api), path)
    assert (done.file, done.rows, done.imported, done.known, done.bad) == ("应付.csv", 3, 3, 0, ())
    first = imported(s)[0]
    assert (first["ap_no"], first["item"]["vendor"], first["item"]["amount"]) == ("A0", s.org("yi"), m("1.05"))


def test_a_sap_workbook_is_imported_and_may_lack_what_is_not_needed(s, tmp_path):
    book = Workbook()
    sheet = book.active
    header = ["Company Code", "Fiscal Year", "Document Number", "Item", "USCC", "Vendor Name", "Amount in LC", "Net Due Date", "GR/IR"]
    sheet.append(header)
    sheet.append(["1000", "2026", "5100000001", "1", s.org("jia"), "供应商甲", 2400000.5, "2026-08-07", "X"])
    book.save(tmp_path / "ap.xlsx")
    assert import_payables(StageDesk(s.stage, s.cast.foton.api), tmp_path / "ap.xlsx").imported == 1
    (payable,) = imported(s)
    assert payable["ap_no"] == "1000-2026-5100000001-1" and payable["item"]["plant"] is None
    assert payable["item"]["amount"] == m("2400000.50")
    s.accepted("2400000.50", items=["1000-2026-5100000001-1"])


def test_a_mapping_of_ones_own_names_the_columns(s, tmp_path):
    mapping = load_mapping(
        b'{"name":"own","ccy":"CNY","yes":["OK"],"no":["NO"],"columns":{"ap_no":["nr"],"vendor":["uscc"],"vendor_name":["name"],'
        b'"document_no":["doc"],"amount":["sum"],"due_date":["due"],"gr_ir_matched":["three"]}}'
    )
    path = csv(
        tmp_path / "own.csv",
        [["7", s.org("jia"), "甲", "51", "8.00", "2026-08-07", "ok"]],
        ["nr", "uscc", "name", "doc", "sum", "due", "three"],
    )
    with pytest.raises(SchemaInvalid):
        import_payables(StageDesk(s.stage, s.cast.foton.api), path)
    assert import_payables(StageDesk(s.stage, s.cast.foton.api), path, mapping).imported == 1


def test_good_rows_proceed_and_every_bad_one_is_told_with_its_reason(s, tmp_path):
    s.owe("OLD", "9.00")
    rows = [
        row(s, "GOOD"),
        row(s, "NO-MATCH", 三单匹配="否"),
        row(s, "OLD", "8.00"),
        row(s, "HALF-FEN", "1.005"),
        row(s, "STRANGER", 统一社会信用代码="91990000MA0001843A"),
        row(s, "GOOD"),
        row(s, "g-o-o-d"),
        row(s, "LONG", 工厂="厂" * 41),
        row(s, "NOTHING", "0.00"),
        row(s, "TWO-FAULTS", "x", 到期日="soon"),
        row(s, "LAST"),
    ]
    done = import_payables(StageDesk(s.stage, s.cast.foton.api), csv(tmp_path / "ap.csv", rows))
    told = [(bad.row, bad.ap_no, bad.column, bad.code) for bad in done.bad]
    assert told[:4] == [
        (3, "NO-MATCH", None, "DOC_NOT_VERIFIED"), (4, "OLD", None, "DUP_USE"), (5, None, "应付金额", "MONEY_INVALID"),
        (6, "STRANGER", None, "ROLE_FORBIDDEN"),
    ]  # fmt: skip
    assert told[4:6] == [(7, None, "应付单号", "ALREADY_EXISTS"), (8, "g-o-o-d", None, "DUP_USE")]
    assert (told[6][0], told[6][2], told[6][3]) == (9, "plant", "SCHEMA_INVALID")
    assert [bad[0] for bad in told[7:]] == [10, 11, 11]
    assert all(bad.reason_zh and bad.reason_en for bad in done.bad)
    assert (done.rows, done.imported, done.known) == (11, 2, 0)
    assert done.rows == done.imported + done.known + len({bad.row for bad in done.bad})
    assert {payable["ap_no"] for payable in imported(s)} == {"OLD", "GOOD", "LAST"}


def test_two_thousand_rows_come_in_batches_and_a_second_time_nothing_happens(s, tmp_path):
    seen = []
    rows = [row(s, f"{i:05d}", f"{i + 1}.00", ("jia", "yi", "bing")[i % 3]) for i in range(2000)]
    path = csv(tmp_path / "ap.csv", rows)
    before = len(s.stage.receipts)
    done = import_payables(StageDesk(s.stage, s.cast.foton.api), path, progress=lambda rows, total: seen.append((rows, total)))
    assert (done.imported, len(s.stage.receipts) - before) == (2000, 10)
    assert seen[-1] == (2000, 2000) and [rows for rows, _ in seen] == sorted(rows for rows, _ in seen)
    state = s.stage.ledger.fingerprint()
    again = import_payables(StageDesk(s.stage, s.cast.foton.api), path)
    assert (again.rows, again.imported, again.known, again.bad) == (2000, 0, 2000, ())
    assert s.stage.ledger.fingerprint() == state and len(s.stage.receipts) - before == 10


def test_an_import_that_broke_off_goes_on_where_it_stopped(s, tmp_path):
    rows = [row(s, f"{i:05d}") for i in range(500)]
    import_payables(StageDesk(s.stage, s.cast.foton.api), csv(tmp_path / "half.csv", rows[:300]))
    done = import_payables(StageDesk(s.stage, s.cast.foton.api), csv(tmp_path / "whole.csv", rows))
    assert (done.imported, done.known) == (200, 300)


def test_a_row_the_ledger_refuses_at_the_last_moment_does_not_hold_up_the_others(s, tmp_path, monkeypatch):
    """Somebody else imports one of the items between the question and the import."""
    ask = s.stage.ask

    def ask_and_be_overtaken(view, viewer, /, **args):
        verdicts = ask(view, viewer, **args)
        s.owe("00001", "1000.00")
        return verdicts

    monkeypatch.setattr(s.stage, "ask", ask_and_be_overtaken)
    done = import_payables(StageDesk(s.stage, s.cast.foton.api), csv(tmp_path / "ap.csv", [row(s, f"{i:05d}") for i in range(4)]))
    assert (done.imported, [(bad.row, bad.ap_no, bad.code) for bad in done.bad]) == (3, [(3, "00001", "DUP_USE")])


def test_who_is_in_no_programme_imports_nothing(s, tmp_path):
    path = csv(tmp_path / "ap.csv", [row(s, "1", vendor="yi")])
    with pytest.raises(Refused, match="NOT_FOUND"):
        import_payables(StageDesk(s.stage, s.cast.jia.api), path)
    with pytest.raises(Refused, match="ROLE_FORBIDDEN"):
        import_payables(StageDesk(s.stage, s.cast.foton.maker), path)


def test_an_empty_file_imports_nothing(s, tmp_path):
    assert import_payables(StageDesk(s.stage, s.cast.foton.api), csv(tmp_path / "ap.csv", [])).rows == 0


# --- dealers ------------------------------------------------------------------------------------------------------------
DEALER = ["经销商信用代码", "月份", "零售台数", "库存台数", "库龄90天以上", "逾期天数", "按时付款率"]


def test_dealers_months_are_rated_once_and_a_corrected_month_replaces_the_one_before(s, tmp_path):
    programme_of_the_dealer(s)
    dealer = s.org("dealer")
    rows = [[dealer, "2026-06", "80", "50", "0", "0", "100%"], [dealer, "2026-07", "80", "50", "10", "4", "90%"]]
    path = csv(tmp_path / "dms.csv", rows, DEALER)
    done = import_dealer_months(StageDesk(s.stage, s.cast.foton_group.api), path)
    assert (done.rows, done.imported, done.known, done.bad) == (2, 2, 0, ())
    months = s.ask("all_link.dealer_months", "dealer.maker", dealer=dealer)
    assert [(month["month"], month["score"], month["band"]) for month in months] == [("2026-06", 100, "A"), ("2026-07", 75, "B")]
    state = s.stage.ledger.fingerprint()
    assert import_dealer_months(StageDesk(s.stage, s.cast.foton_group.api), path).known == 2
    assert s.stage.ledger.fingerprint() == state
    corrected = csv(tmp_path / "dms2.csv", [rows[0], [*rows[1][:5], "40", "90%"]], DEALER)
    done = import_dealer_months(StageDesk(s.stage, s.cast.foton_group.api), corrected)
    assert (done.imported, done.known) == (1, 1)
    assert s.ask("all_link.dealer_map", "foton_group.maker", group=s.org("foton_group"))[0]["score"] == 51  # 100 − 16 − 30 − 3


def test_a_month_that_cannot_be_read_or_is_not_ours_is_told(s, tmp_path):
    rows = [[s.org("dealer"), "2026-06", "80", "50", "0", "0", "100%"], [s.org("foton"), "06/2026", "80", "50", "51", "0", "100%"]]
    done = import_dealer_months(StageDesk(s.stage, s.cast.foton_group.api), csv(tmp_path / "dms.csv", rows, DEALER))
    assert done.imported == 0
    assert [(bad.row, bad.column, bad.code) for bad in done.bad] == [(2, None, "ELIGIBILITY_FAILED"), (3, "月份", "CELL_UNREADABLE")]
