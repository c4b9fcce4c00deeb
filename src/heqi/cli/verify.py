"""`heqi verify FILE`: check a receipt with no network and no database, and say in words what was proved.

Exit codes: 0 proven, 1 not proven, 2 the command was used wrongly (no file, no trust anchor).
"""

import argparse
import json
import os
import sys
from pathlib import Path

import msgspec

from heqi.proof.receipt import Genesis
from heqi.proof.verify import Verdict, verify_receipt
from heqi.types.rejection import Rejection


def run(arguments: list[str]) -> int:
    """The command; kept free of heavy imports, it answers in well under 200 ms."""
    parser = argparse.ArgumentParser(prog="heqi verify", description="核验回执文件 · verify a receipt file off line")
    parser.add_argument("file", type=Path, help="回执文件 · the receipt file")
    parser.add_argument("--genesis", type=Path, help="信任锚 genesis.json · the trust anchor your institution gave you")
    parser.add_argument("--lang", choices=["zh", "en"], default=None, help="语言 · language")
    parser.add_argument("--json", action="store_true", help="机器可读 · machine-readable")
    options = parser.parse_args(arguments)
    language = options.lang or ("en" if os.environ.get("LANG", "").startswith("en") else "zh")
    try:
        data, anchor = options.file.read_bytes(), _anchor(options.genesis)
    except OSError as error:
        print(f"heqi verify: {error}", file=sys.stderr)
        return 2
    except msgspec.MsgspecError as error:
        print(f"heqi verify: genesis: {error}", file=sys.stderr)
        return 2
    steps: list[tuple[str, str]] = []
    try:
        verdict = verify_receipt(data, anchor, steps)
    except Rejection as refusal:
        _say_refused(refusal, len(steps) + 1, language, options.json)
        return 1
    _say_proven(verdict, anchor, language, options.json)
    return 0


def _anchor(given: Path | None) -> Genesis:
    """The trust anchor: --genesis, HEQI_GENESIS, or the demo's in this folder. Never taken from the file under test."""
    path = given or Path(os.environ.get("HEQI_GENESIS", "demo/genesis.json"))
    return msgspec.json.decode(path.read_bytes(), type=Genesis)


def _say_proven(verdict: Verdict, anchor: Genesis, language: str, as_json: bool) -> None:
    receipt = verdict.receipt
    if as_json:
        told = {"proven": True, "chain": anchor.chain, "receipt": receipt, "steps": [{"zh": zh, "en": en} for zh, en in verdict.steps]}
        print(msgspec.json.encode(told).decode())
        return
    zh = language == "zh"
    print("已证明：" if zh else "PROVEN:")
    for number, step in enumerate(verdict.steps, 1):
        print(f"  {number}. {step[0] if zh else step[1]}")
    outcome = " ".join([receipt.code, (receipt.error or {}).get("message_zh" if zh else "message_en", "")]).strip()
    print(f"{'操作' if zh else 'Act'}: {receipt.contract}.{receipt.action}    {'结果' if zh else 'Outcome'}: {outcome}")
    print(f"{'签署' if zh else 'Signed by'}: {', '.join(signer.user for signer in receipt.signers)}")
    for event in receipt.events:
        print(f"  {event.name} {bytes(event.data).decode()}")


def _say_refused(refusal: Rejection, failed: int, language: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"proven": False, "code": refusal.code, "failed_step": failed, **refusal.told()}, ensure_ascii=False))
    else:
        at = f"未证明（第 {failed} 步）" if language == "zh" else f"NOT PROVEN (step {failed})"
        print(f"{at}: {refusal.text(language)}")
