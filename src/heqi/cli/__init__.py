"""The command line. `heqi verify` goes its own short way; everything else is in heqi.cli.commands."""

import sys


def main() -> None:
    """Entry point of the `heqi` command."""
    if sys.argv[1:2] == ["verify"]:
        from heqi.cli.verify import run

        raise SystemExit(run(sys.argv[2:]))
    from heqi.cli import commands

    commands.run()
