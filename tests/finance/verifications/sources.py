"""For tests: members who carry a motion, and an outside source that signs its answers with a real key."""

from datetime import date
from typing import Any

import msgspec

from heqi.client.stage import Stage
from heqi.proof.canonical import encode
from heqi.proof.suites import generate_key, signature_text, signing_message

VOTERS = ("everbright", "zhongbang", "icbc", "foton_group", "foton", "factor", "jia", "yi")
"""With the mover nine of the thirteen members who have a vote: two thirds."""


def resolve(stage: Stage, cast: Any, action: str, **args: Any) -> Any:
    """Have the members carry a motion; the last vote's answer."""
    given = msgspec.Raw(encode(args))
    done = stage.act("governance.move", cast.boc.admin, action=action, args=given, reason="test")
    for voter in VOTERS:
        done = stage.act("governance.vote", getattr(cast, voter).admin, motion=done["motion"], yes=True)
    assert done["stage"] == "CARRIED"
    return done


class Outside:
    """A source of this name and organisation, trusted from the start for these kinds."""

    def __init__(
        self, stage: Stage, cast: Any, name: str, org: str, kinds: list[str], *, valid_days: int = 30, alg: Any = "ed25519"
    ) -> None:
        self.stage, self.cast, self.name, self.key = stage, cast, name, generate_key(alg)
        self.clock = 0
        resolve(
            stage, cast, "verifications.trust_source", source=name, org=org, alg=alg, public_key=self.key.public.raw.hex(), kinds=kinds,
            valid_days=valid_days,
        )  # fmt: skip

    def answer(self, kind: str, document: str, result: str = "PASS", *, day: date | None = None, **facts: str | int) -> dict[str, Any]:
        """An answer, each a second later than the one before."""
        self.clock += 1
        return {
            "source": self.name, "kind": kind, "document": document, "result": result, "facts": facts,
            "answered_at": f"2026-03-10T01:{self.clock // 60:02d}:{self.clock % 60:02d}.000Z",
            "business_date": (day or self.stage.today(self.cast.boc.maker)).isoformat(),
        }  # fmt: skip

    def sign(self, answer: dict[str, Any]) -> str:
        return signature_text(self.key.public.alg, self.key.sign(signing_message(b"standin", encode(answer))))

    def says(self, kind: str, document: str, result: str = "PASS", *, day: date | None = None, **facts: str | int) -> dict[str, Any]:
        """Answer, sign, and have the bank's system record it; the verification."""
        answer = self.answer(kind, document, result, day=day, **facts)
        return self.stage.act("verifications.record", self.cast.boc.api, answer=answer, signature=self.sign(answer))
