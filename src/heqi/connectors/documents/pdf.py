"""PDF by typst: PDF/A-2b, so that an archive can open it in decades, with every font inside.

What holds here: only the fonts that come with the installation are used, so a document looks the same on every machine
and none is fetched; the time within the file is the one given, so the same template and data give the same bytes. What
not: signatures of the file (PAdES), which come on top.
"""

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

FRAME = Path(__file__).with_name("frame.typ")
"""What every document shares: paper, heading, tables, the footer with its code. It stands before each template."""
_lock = threading.Lock()  # The compiler keeps fonts and layout between documents, and takes one at a time.


def render(template: Path, data: Mapping[str, Any], made: datetime) -> bytes:
    """The PDF of a typst template, which finds `data` under that name. `made` is the document's time.

    Raises typst.TypstError for a template that does not fit its data: a fault of the program, not of a user.
    """
    source = FRAME.read_bytes() + template.read_bytes()
    with _lock:
        pdf = _compiler().compile(
            input=source, format="pdf", sys_inputs={"data": json.dumps(data, ensure_ascii=False)}, pdf_standards="a-2b", timestamp=made
        )
    assert isinstance(pdf, bytes), "a PDF is one file"
    return pdf


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(pylopdf_fonts_zh_cn.sans_path().parent)])
    return typst.Compiler(font_paths=fonts)
