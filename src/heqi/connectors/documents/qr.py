"""QR codes (ISO/IEC 18004) as drawings."""

import io

import segno


def qr_svg(text: str) -> str:
    """The code of a text as SVG, error correction M: a fold or a stamp over an eighth of it does no harm."""
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind="svg", xmldecl=False, svgns=True, border=1)
    return drawn.getvalue().decode()
