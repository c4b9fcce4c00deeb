"""`heqi bench`: what the ledger does in a second, beside a limit measured in the same run."""

import click


@click.group(help="基准 · benchmarks")
def bench() -> None:
    pass
