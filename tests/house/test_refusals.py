"""Every refusal the house can utter is heard in some test or story."""

from house import everything, refusals

# A refusal that no test can provoke without a fault of ours; each with the reason.
BY_ITS_NATURE_UNHEARD: dict[str, str] = {}


def test_every_refusal_is_provoked_somewhere() -> None:
    heard = "\n".join(
        source.text for source in everything() if (source.is_test or source.path.name == "story.py") and source.path.parent.name != "house"
    )
    unheard = [
        code for code, kind in refusals().items() if code not in heard and kind.__name__ not in heard and code not in BY_ITS_NATURE_UNHEARD
    ]
    assert unheard == []
