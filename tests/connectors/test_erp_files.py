"""Open payables and dealer months from the files an ERP really exports."""

import csv
import io
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from heqi.connectors.dealers import DealerMonth, read_dealer_months
from heqi.connectors.erp import OpenPayable, import_payables
from heqi.connectors.files.mapping import load_mapping
from heqi.connectors.files.report import BadRow, GoodRow
from heqi.types.money import cny
from heqi.types.refusals import SchemaInvalid

JIA, DING = "91990000MA00020535", "91990000MA0002264L"
AUGUST_7 = datetime(2026, 8, 7)  # noqa: DTZ001  A workbook's dates have no zone.
ZH = ["应付单号", "统一社会信用代码", "供应商名称", "凭证号", "应付金额", "到期日", "三单匹配", "发票号码", "合同号", "工厂", "过账日期"]
ROW = ["AP-1", JIA, "示范供应商甲", "5100000001", "2,400,000.00", "2026-08-07", "是", "26990000000000000017", "HT-1", "1000", "2026-03-10"]
SAP = [
    "Company Code",
    "Fiscal Year",
    "Document Number",
    "Item",
    "Tax Number 5",
    "Vendor Name",
    "Amount in Local Currency",
    "Local Currency",
    "Net Due Date",
    "GR/IR Matched",
    "Reference",
    "Purchasing Document",
    "Plant",
    "Posting Date",
]
SAP_ROW = [
    "1000",
    "2026",
    "5100000001",
    "1",
    JIA,
    "Demo Supplier A",
    "2,400,000.00",
    "CNY",
    "07.08.2026",
    "X",
    "INV-1",
    "4500001",
    "1000",
    "10.03.2026",
]


def as_csv(*rows: list[str], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding)


def with_cell(column: str, value: str) -> list[str]:
    return [value if name == column else cell for name, cell in zip(ZH, ROW, strict=True)]


PAYABLE = OpenPayable(
    "AP-1",
    JIA,
    "示范供应商甲",
    "5100000001",
    cny("2,400,000.00"),
    date(2026, 8, 7),
    True,
    "26990000000000000017",
    "HT-1",
    "1000",
    date(2026, 3, 10),
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_chinese_export_is_read_in_every_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    report = import_payables(as_csv(ZH, ROW, delimiter=delimiter, encoding=encoding))
    assert (report.payables, report.bad) == ((PAYABLE,), ())


def test_an_sap_export_is_read_and_its_item_number_is_unique_across_companies_and_years() -> None:
    report = import_payables(as_csv(SAP, SAP_ROW))
    (payable,) = report.payables
    assert (payable.ap_no, payable.document_no) == ("1000-2026-5100000001-1", "5100000001")
    assert (payable.amount, payable.due_date, payable.gr_ir_matched) == (cny("2,400,000.00"), date(2026, 8, 7), True)


def test_lines_before_the_header_and_empty_lines_are_passed_over() -> None:
    data = as_csv(["应付账款明细"], [], ["打印日期", "2026-03-10"], ZH, ROW, [""] * len(ZH), with_cell("应付单号", "AP-2"))
    report = import_payables(data)
    assert [(row.row, row.record.ap_no) for row in report.good] == [(5, "AP-1"), (7, "AP-2")]


def test_a_workbook_with_numbers_and_dates_is_read_as_its_text_is() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(ZH)
    sheet.append(
        [
            "AP-1",
            JIA,
            "示范供应商甲",
            5100000001,
            2400000.0,
            AUGUST_7,
            True,
            "26990000000000000017",
            "HT-1",
            1000,
            date(2026, 3, 10),
        ]
    )
    sheet.append(["AP-2", JIA, "示范供应商甲", 5100000002, 0.29, AUGUST_7, False, None, None, None, None])
    out = io.BytesIO()
    book.save(out)
    report = import_payables(out.getvalue())
    assert report.bad == ()
    assert report.payables[0] == PAYABLE
    assert report.payables[1].amount == cny("0.29")


@pytest.mark.parametrize(
    ("column", "value", "code", "says"),
    [
        ("应付单号", "", "CELL_UNREADABLE", "必填项为空"),
        ("统一社会信用代码", "91990000MA00020536", "ID_CHECK_FAILED", "91990000MA00020536"),
        ("供应商名称", "=HYPERLINK(1)", "CELL_UNREADABLE", "公式"),
        ("供应商名称", "@SUM(A1)", "CELL_UNREADABLE", "公式"),
        ("供应商名称", "甲" * 201, "CELL_UNREADABLE", "200"),
        ("供应商名称", "甲\x00乙", "CELL_UNREADABLE", "控制字符"),
        ("供应商名称", "甲\u202e乙", "CELL_UNREADABLE", "控制字符"),
        ("凭证号", "+5100000001", "CELL_UNREADABLE", "公式"),
        ("应付金额", "1,234.50-", "CELL_UNREADABLE", "贷项凭证"),
        ("应付金额", "-1,234.50", "CELL_UNREADABLE", "贷项凭证"),
        ("应付金额", "(1,234.50)", "CELL_UNREADABLE", "贷项凭证"),
        ("应付金额", "0.00", "CELL_UNREADABLE", "为零"),
        ("应付金额", "", "CELL_UNREADABLE", "为空"),
        ("应付金额", "1.234,50", "SCHEMA_INVALID", "1.234,50"),
        ("应付金额", "12,34.50", "SCHEMA_INVALID", "12,34.50"),
        ("应付金额", "1e9", "SCHEMA_INVALID", "1e9"),
        ("应付金额", "1.234", "MONEY_INVALID", "1.234"),
        ("应付金额", "99999999999999.00", "MONEY_INVALID", ""),
        ("应付金额", "=1+1", "SCHEMA_INVALID", "=1+1"),
        ("到期日", "07/08/2026", "CELL_UNREADABLE", "07/08/2026"),
        ("到期日", "2026-02-30", "CELL_UNREADABLE", "2026-02-30"),
        ("到期日", "", "CELL_UNREADABLE", "日期"),
        ("到期日", "2026-03-09", "DATE_INVALID", "2026-03-09"),
        ("三单匹配", "大概", "CELL_UNREADABLE", "标志"),
    ],
)
def test_a_bad_row_says_where_and_why_and_the_good_ones_proceed(column: str, value: str, code: str, says: str) -> None:
    good = with_cell("应付单号", "AP-9")
    report = import_payables(as_csv(ZH, with_cell(column, value), good))
    assert [payable.ap_no for payable in report.payables] == ["AP-9"]
    ((row, (problem,)),) = [(bad.row, bad.problems) for bad in report.bad]
    assert (row, problem.column, problem.code) == (2, column, code)
    assert says in problem.reason_zh and problem.reason_en


def test_a_wide_space_in_a_name_is_a_space() -> None:
    (payable,) = import_payables(as_csv(ZH, with_cell("供应商名称", "示范　供应商"))).payables
    assert payable.vendor_name == "示范　供应商"


def test_all_problems_of_a_row_are_reported_at_once() -> None:
    row = with_cell("应付金额", "-1")
    row[5] = "soon"
    (bad,) = import_payables(as_csv(ZH, row)).bad
    assert sorted(problem.column for problem in bad.problems) == ["到期日", "应付金额"]


def test_the_second_row_of_one_open_item_is_a_bad_row() -> None:
    report = import_payables(as_csv(ZH, ROW, ROW))
    assert len(report.payables) == 1
    assert [(bad.row, bad.problems[0].code) for bad in report.bad] == [(3, "ALREADY_EXISTS")]
    assert "2" in report.bad[0].problems[0].reason_en


def test_a_quote_left_open_spoils_its_own_row_only() -> None:
    data = as_csv(ZH) + b'AP-1,"broken,1\r\n' + as_csv(ROW)
    report = import_payables(data)
    assert [row.row for row in report.good] == [3]
    assert [bad.row for bad in report.bad] == [2]


def test_a_second_import_of_the_same_file_brings_nothing_new() -> None:
    data = as_csv(ZH, ROW, with_cell("应付单号", "AP-2"))
    first, second = import_payables(data), import_payables(data)
    known = {payable.ap_no for payable in first.fresh(set())}
    assert first.sha256 == second.sha256
    assert second.fresh(known) == ()


def test_a_mapping_file_of_ones_own_names_the_columns(tmp_path: Path) -> None:
    mapping = tmp_path / "ours.json"
    columns = {
        "ap_no": ["id"],
        "vendor": ["v"],
        "vendor_name": ["n"],
        "document_no": ["d"],
        "amount": ["a"],
        "due_date": ["t"],
        "gr_ir_matched": ["m"],
    }
    import json

    mapping.write_text(json.dumps({"name": "ours", "ccy": "CNY", "yes": ["OK"], "columns": columns}))
    data = as_csv(["id", "v", "n", "d", "a", "t", "m"], ["1", JIA, "甲", "2", "3.00", "2026-08-07", "ok"])
    (payable,) = import_payables(data, load_mapping(mapping)).payables
    assert payable.amount == cny(3)


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("nothing", b""),
        ("headers nobody knows", as_csv(["a", "b"], ["1", "2"])),
        ("a column missing", as_csv(ZH[:4], ROW[:4])),
        ("a broken workbook", b"PK\x03\x04" + b"\0" * 100),
        ("no text", b"\x81\xff\xff\xff"),
    ],
)
def test_a_file_that_is_no_list_of_payables_is_refused_as_a_whole(what: str, data: bytes) -> None:
    with pytest.raises(SchemaInvalid):
        import_payables(data)


def test_a_file_beyond_the_size_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heqi.connectors.files.table.SIZE_MAX", 10)
    with pytest.raises(SchemaInvalid):
        import_payables(as_csv(ZH, ROW))


@pytest.mark.parametrize("data", [b"name = ", b'{"name": 1}', b'name = "x"\nsecret = 1\n[columns]\n'])
def test_a_mapping_file_with_anything_unknown_is_refused(data: bytes) -> None:
    with pytest.raises(SchemaInvalid):
        load_mapping(data)


def test_fifty_thousand_rows_report_their_progress_and_lose_none() -> None:
    rows = [with_cell("应付单号", f"AP-{number}") for number in range(50_000)]
    rows[123][4] = "1.00-"
    seen: list[tuple[int, int]] = []
    report = import_payables(as_csv(ZH, *rows), progress=lambda done, total: seen.append((done, total)))
    assert (len(report.good), [bad.row for bad in report.bad]) == (49_999, [125])
    assert seen[0] == (1000, 50_001) and seen[-1] == (50_000, 50_000)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=11, max_size=11))
def test_whatever_a_row_holds_it_is_either_good_or_bad(cells: list[str]) -> None:
    rest = as_csv(ZH) + as_csv([cell.encode("utf-8", "ignore").decode() for cell in cells]) + as_csv(ROW)
    report = import_payables(rest)
    assert PAYABLE in report.payables
    assert all(payable.amount.minor > 0 and payable.vendor for payable in report.payables)


@given(st.integers(1, 10**13))
def test_an_amount_is_read_as_it_was_written(minor: int) -> None:
    written = f"{cny(1).__class__('CNY', minor).decimal:,}"
    (payable,) = import_payables(as_csv(ZH, with_cell("应付金额", written))).payables
    assert payable.amount.minor == minor


# Dealers

DMS = ["经销商统一社会信用代码", "月份", "零售台数", "库存台数", "库龄90天以上", "逾期天数", "按时付款率(%)"]
MONTH = [DING, "2026-03", "40", "50", "10", "4", "90"]


@pytest.mark.parametrize(("written", "month"), [("2026-03", "2026-03"), ("2026年3月", "2026-03"), ("202612", "2026-12")])
def test_a_dealers_month_is_read(written: str, month: str) -> None:
    (row,) = read_dealer_months(as_csv(DMS, [DING, written, *MONTH[2:]]))
    assert isinstance(row, GoodRow)
    assert row.record == DealerMonth(DING, month, 40, 50, 10, 4, 9000)


def test_a_dealers_month_in_english_counts_in_basis_points() -> None:
    headers = ["Dealer", "Month", "Retail Units", "Stock Units", "Aged 90d Units", "Overdue Days", "On Time bps"]
    (row,) = read_dealer_months(as_csv(headers, [*MONTH[:6], "9025"], encoding="gb18030"))
    assert isinstance(row, GoodRow) and row.record.payments_on_time_bps == 9025


@pytest.mark.parametrize(
    ("position", "value", "column"),
    [
        (0, "91990000MA0002264A", DMS[0]),
        (1, "2026-13", "月份"),
        (1, "20263", "月份"),
        (2, "-1", "零售台数"),
        (3, "1.5", "库存台数"),
        (4, "51", "库龄90天以上"),
        (5, "", "逾期天数"),
        (6, "100.01", DMS[6]),
        (6, "90.255", DMS[6]),
    ],
)
def test_a_dealers_bad_figure_is_reported(position: int, value: str, column: str) -> None:
    cells = [value if at == position else cell for at, cell in enumerate(MONTH)]
    (row,) = read_dealer_months(as_csv(DMS, cells))
    assert isinstance(row, BadRow) and [problem.column for problem in row.problems] == [column]


def test_one_dealer_has_one_row_a_month() -> None:
    rows = list(read_dealer_months(as_csv(DMS, MONTH, MONTH)))
    assert [type(row) for row in rows] == [GoodRow, BadRow]
