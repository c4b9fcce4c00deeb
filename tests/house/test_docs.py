"""What the documents show is true: their code runs, their commands and links exist, both READMEs tell the same."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from house import ROOT, sources

DOCS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
CODING = ROOT / "docs" / "coding" / "write-an-application.md"
ADRS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
FENCE = re.compile(r"^```(\S*)(?: title=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FIRST_PARTY = 'lint.isort.known-first-party=["heqi"]'
named = {"ids": lambda path: path.relative_to(ROOT).as_posix()}

# The tutorial's package takes its place among the applications; pytest then runs the tests the page shows.
RUN_TUTORIAL = """
import sys, heqi.apps, pytest
heqi.apps.__path__ = [*heqi.apps.__path__, sys.argv[1]]
raise SystemExit(pytest.main(["-q", "--import-mode=importlib", "-p", "no:cacheprovider", sys.argv[1]]))
"""


def blocks(path: Path) -> list[tuple[str, str, str]]:
    """(language, file it is to be, text) of every code block."""
    return FENCE.findall(path.read_text(encoding="utf-8"))


def test_the_application_of_the_tutorial_runs_with_its_tests(tmp_path: Path) -> None:
    package = tmp_path / "guarantees"
    for language, title, text in blocks(CODING):
        assert language == "python"
        file = package / title
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert {"model.py", "rules.py", "contract.py", "views.py", "story.py", "__init__.py"} <= {path.name for path in package.iterdir()}
    done = subprocess.run([sys.executable, "-c", RUN_TUTORIAL, str(tmp_path)], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    ruff = [sys.executable, "-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml"), "--config", FIRST_PARTY, str(package)]
    style = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert style.returncode == 0, style.stdout


@pytest.mark.parametrize("path", [path for path in DOCS if path != CODING], **named)
def test_python_in_the_documents_runs(path: Path) -> None:
    # One page is one session: a later block may use what an earlier one made.
    session: dict[str, object] = {"__name__": "docs"}
    for language, _, text in blocks(path):
        if language == "python":
            exec(compile(text, path.name, "exec"), session)


@pytest.mark.parametrize("path", DOCS, **named)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = [link for link in LINK.findall(text) if "://" not in link and not link.startswith("#") and not target(path, link).exists()]
    assert broken == []


def target(path: Path, link: str) -> Path:
    return path.parent / link.partition("#")[0]


def commands() -> set[str]:
    """Every `heqi …` and `make …` a document tells the reader to type."""
    found: set[str] = set()
    for path in DOCS:
        for language, _, text in blocks(path):
            if language in {"sh", "bash", "console"}:
                found |= {" ".join(match) for match in re.findall(r"^(?:\$ )?(heqi|make) ([a-z_-]+)", text, re.MULTILINE)}
        found |= {" ".join(match) for match in re.findall(r"`(heqi|make) ([a-z_-]+)[^`]*`", path.read_text(encoding="utf-8"))}
    return found


def test_every_command_the_documents_tell_of_exists() -> None:
    told = commands()
    assert {"make run", "make test", "heqi verify"} <= told
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {command for command in told if command.startswith("make ") and command[5:] not in targets} == set()
    call = [sys.executable, "-c", "from heqi.cli import main; main()", "--help"]
    helped = subprocess.run(call, capture_output=True, text=True, check=True).stdout
    known = set(re.findall(r"^  ([a-z-]+) ", helped.partition("Commands:")[2], re.MULTILINE))
    assert {command for command in told if command.startswith("heqi ") and command[5:] not in known} == set()


def test_the_damage_messages_the_operator_reads_about_are_the_ones_the_node_says() -> None:
    # Adjoining string literals are one message.
    said = "".join(re.sub(r'"\s*\n\s*f?"', "", source.text) for source in sources())
    section = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8").partition("## What a damaged file says")[2].partition("\n## ")[0]
    quoted = re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)
    assert len(quoted) > 8
    for message in quoted:
        parts = sorted(re.split(r"…|\b[A-Z]\b|\((?:state|index|file)\)", message), key=len)
        assert parts[-1].strip(" :)(") in said, message


def test_both_readmes_tell_the_same() -> None:
    english, chinese = ROOT / "README.md", ROOT / "README.zh-CN.md"
    shapes = []
    for path in (english, chinese):
        text = re.sub(r"```.*?```", "```", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        shapes.append([line.split(" ")[0] for line in text.splitlines() if line.startswith(("#", "```", "|"))])
    assert shapes[0] == shapes[1]
    assert [language for language, _, _ in blocks(english)] == [language for language, _, _ in blocks(chinese)]


@pytest.mark.parametrize("path", ADRS, **named)
def test_a_decision_tells_what_else_was_possible_and_what_it_costs(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^## (\w+)", text, re.MULTILINE) == ["Context", "Options", "Choice", "Cost"]
    assert re.match(rf"# {path.name[:4]} ", text)


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.name[:4]) for path in ADRS] == list(range(1, len(ADRS) + 1))
