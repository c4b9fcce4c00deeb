"""A template and data in, a PDF out."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
import typst

from heqi.connectors.documents import qr_svg, render

MADE = datetime(2026, 3, 15, 1, 2, 3, tzinfo=UTC)
PAPER = '#show: paper.with(title: data.title, verify: (qr: data.qr, lines: (("码", "https://heqi.example"),)))\n#fields(data.rows)\n'


def paper(folder: Path, **data: object) -> bytes:
    template = folder / "paper.typ"
    template.write_text(PAPER, encoding="utf-8")
    return render(template, {"title": "示范文件", "qr": qr_svg("https://heqi.example"), "rows": [["金额", "壹佰元整"]], **data}, MADE)


def text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return "".join(page.get_textpage().get_text_bounded() for page in document)


def test_the_same_template_and_data_give_the_same_bytes(tmp_path: Path) -> None:
    assert paper(tmp_path) == paper(tmp_path)
    assert paper(tmp_path) != paper(tmp_path, title="另一文件")


def test_chinese_and_rare_characters_can_be_read_out_and_their_fonts_are_inside(tmp_path: Path) -> None:
    pdf = paper(tmp_path, rows=[["名称", "鑫淼垚犇贸易（深圳）有限公司"], ["说明", "＂引号＂ — ¥ 1,000.00"]])
    assert "鑫淼垚犇贸易（深圳）有限公司" in text(pdf) and "¥ 1,000.00" in text(pdf)
    assert pdf.count(b"/FontFile") >= 2, "every font is embedded"
    assert b"pdfaid" in pdf, "PDF/A"


def test_what_is_not_of_the_template_stays_text(tmp_path: Path) -> None:
    hostile = '#read("/etc/passwd") $x$ *b* \\ "]) #panic()'
    assert '#read("/etc/passwd")' in text(paper(tmp_path, rows=[["名称", hostile]]))


def test_a_template_that_does_not_fit_its_data_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(typst.TypstError):
        paper(tmp_path, rows=None)
