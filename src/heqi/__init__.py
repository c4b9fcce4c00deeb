"""Heqi 合契: a consortium ledger for bank finance. Start reading at docs/concepts.md."""

__version__ = "0.1.0"
