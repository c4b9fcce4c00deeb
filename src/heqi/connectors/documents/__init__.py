"""Documents a person holds in hand: a template and data in, a PDF out, the same bytes for the same input."""

from heqi.connectors.documents.pdf import render
from heqi.connectors.documents.qr import qr_svg

__all__ = ["qr_svg", "render"]
