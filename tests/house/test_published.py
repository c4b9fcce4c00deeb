"""What is generated from the code and committed is fresh: a changed interface is a visible diff."""

import subprocess
import sys

from house import ROOT


def test_generated_files_are_fresh() -> None:
    # In a process of its own: the contracts and refusals of other tests are no part of the catalogue.
    command = [sys.executable, "-m", "heqi.cli.published", str(ROOT), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run python -m heqi.cli.published: {done.stdout}{done.stderr}"
