"""Workloads that measure the ledger beside a limit taken in the same run. Figures, never tests."""
