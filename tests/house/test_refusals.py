"""Every refusal the house can utter is heard in some test or story."""

import re

from house import everything, refusals, sources

SHARED = "heqi.types.refusals"
"""The vocabulary of spec/conventions.md §1.4; a word of it may wait for the application that will use it."""

HEARD = "\n".join(
    source.text for source in everything() if (source.is_test or source.path.name == "story.py") and source.path.parent.name != "house"
)
SAID = "\n".join(source.text for source in sources())


def is_uttered(name: str) -> bool:
    """Is it made anywhere in the package?"""
    return re.search(rf"(?<!class )\b{name}\(|raise {name}\b", SAID) is not None


def test_every_refusal_that_is_uttered_is_provoked_somewhere() -> None:
    unheard = [
        code
        for code, kind in refusals().items()
        if is_uttered(kind.__name__) and not re.search(rf"\b({code}|{kind.__name__})\b", HEARD)
    ]
    assert unheard == []


def test_a_refusal_nobody_utters_is_of_the_shared_vocabulary() -> None:
    assert [code for code, kind in refusals().items() if not is_uttered(kind.__name__) and kind.__module__ != SHARED] == []
