"""For tests: a bank's core system that signs what became of a payment, trusted by the members' vote."""

from typing import Any

from heqi.client.stage import Stage
from heqi.proof.canonical import encode
from heqi.proof.suites import generate_key, signature_text, signing_message


class Core:
    """One bank's source of answers, under its own key."""

    def __init__(self, stage: Stage, cast: Any, name: str, org: str, kinds: list[str]) -> None:
        self.stage, self.cast, self.name, self.key = stage, cast, name, generate_key("ed25519")
        self.clock = 0
        source = {"source": name, "org": org, "alg": "ed25519", "public_key": self.key.public.raw.hex(), "kinds": kinds, "valid_days": 30}
        self._carry("verifications.trust_source", source)

    def _carry(self, action: str, args: dict[str, Any]) -> None:
        mover, *voters = (party.admin for key, party in sorted(vars(self.cast).items()) if key != "platform")
        motion = self.stage.act("governance.move", mover, action=action, args=args, reason="试行")
        for voter in voters:
            if motion["stage"] == "CARRIED":
                return
            motion = self.stage.act("governance.vote", voter, motion=motion["motion"], yes=True)

    def answer(self, kind: str, document: str, **facts: str | int) -> dict[str, Any]:
        """An answer of today, each a second later than the one before."""
        self.clock += 1
        return {
            "source": self.name, "kind": kind, "document": document, "result": "PASS", "facts": facts,
            "answered_at": f"2026-03-10T01:{self.clock // 60:02d}:{self.clock % 60:02d}.000Z",
            "business_date": self.stage.today(self.cast.boc.maker).isoformat(),
        }  # fmt: skip

    def sign(self, answer: dict[str, Any]) -> str:
        return signature_text(self.key.alg, self.key.sign(signing_message(b"standin", encode(answer))))
