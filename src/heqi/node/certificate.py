"""The certificate of evidence (存证证书): a proven receipt as a paper for people, in Chinese or English.

What holds here: a certificate is made of a receipt file only after all eight checks of it hold; it says what they prove and
what they do not. It is no proof itself: the file is, and the code on each page leads to where the file is verified.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from heqi.connectors.documents import qr_svg, render
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.proof import canonical
from heqi.proof.receipt import Genesis, Receipt, ReceiptProof
from heqi.proof.suites import SUITES
from heqi.proof.verify import Verdict, verify_receipt
from heqi.types.money import EXPONENTS, Money
from heqi.types.text import yuan_in_words

Language = Literal["zh", "en"]
Words = Mapping[str, tuple[str, str]]
"""Titles of fields by name, Chinese first."""
TEMPLATE = Path(__file__).with_name("certificate.typ")
ROWS_MAX = 60
"""Values of a request or an event that are written out; the receipt file has them all."""
VERIFY = "/console/verify"


class Names(msgspec.Struct, frozen=True):
    """What the reader calls things: titles of fields, and organisations by id (Chinese, English)."""

    words: Words = {}
    orgs: Mapping[str, tuple[str, str]] = {}


def certificate(proof: bytes, trust: Genesis, catalogue: Catalogue, names: Names, origin: str, language: Language) -> bytes:
    """The PDF; the same bytes for the same receipt and names. `origin`: where the console is, scheme and host.

    Refuses what `verify_receipt` refuses: there is no certificate of what is not proven.
    """
    verdict = verify_receipt(proof, trust)
    file = canonical.decode(proof, ReceiptProof)
    sheet = _Sheet(catalogue, names, language)
    made = datetime.fromisoformat(verdict.receipt.time[:19] + "Z")
    return render(TEMPLATE, sheet.data(verdict, file, SUITES[trust.suite].tagged(bytes(file.receipt)), origin), made)


class _Sheet:
    """The words of one certificate in one language."""

    def __init__(self, catalogue: Catalogue, names: Names, language: Language) -> None:
        self.catalogue, self.names, self.language = catalogue, names, language

    def t(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def data(self, verdict: Verdict, file: ReceiptProof, digest: str, origin: str) -> dict[str, Any]:
        receipt = verdict.receipt
        url = f"{origin}{VERIFY}?tx={quote(receipt.tx)}"
        request = canonical.decode(bytes(file.transaction), dict[str, Any])["body"]["args"]
        sections = [
            (self.t("交易", "Transaction"), self._transaction(receipt, file, digest)),
            (self.t("签署人", "Signed by"), self._signers(receipt)),
            (self.t("操作内容", "What was asked"), self._values(request)),
        ]
        for event in receipt.events:
            sections.append((self.t("账本事件", "Event") + f" {event.name}", self._values(canonical.decode(bytes(event.data), object))))
        return {
            "language": self.language,
            "title": self.t("存证证书", "Certificate of Evidence"),
            "subtitle": self.t("合契联盟账本 · Certificate of Evidence", "Heqi consortium ledger · 存证证书"),
            "number": self.t("证书编号 ", "No. ") + f"{receipt.chain}-{receipt.height}-{receipt.index}",
            "statement": self._statement(receipt),
            "sections": [{"title": title, "rows": rows} for title, rows in sections if rows],
            "proof": {"title": self.t("已核验", "What was verified"), "steps": [self.t(*step) for step in verdict.steps]},
            "limits": {"title": self.t("说明", "What this paper is"), "lines": [self.t(*line) for line in LIMITS]},
            "verify": {
                "qr": qr_svg(url),
                "lines": [
                    [self.t("核验", "Verify at"), f"{origin}{VERIFY}"],
                    [self.t("交易号", "Transaction"), receipt.tx],
                    [self.t("回执摘要", "Receipt digest"), digest],
                ],
            },
        }

    def _title(self, receipt: Receipt) -> str:
        action = self.catalogue.actions.get(f"{receipt.contract}.{receipt.action}")
        register = self.catalogue.registers.get(receipt.contract)
        place = self.t(*register.title) if register else receipt.contract
        return f"{place} · {self.t(*action.title) if action else receipt.action}"

    def _outcome(self, receipt: Receipt) -> str:
        if receipt.code == "OK":
            return self.t("成功", "Done")
        told = (receipt.error or {}).get(self.t("message_zh", "message_en"), "")
        return self.t("被拒绝", "Refused") + f" {receipt.code}\n{told}"

    def _statement(self, receipt: Receipt) -> str:
        time = receipt.time[:19].replace("T", " ")
        done = receipt.code == "OK"
        return self.t(
            f"兹证明：“{self._title(receipt)}”操作于 {time}（UTC，账本时间）记入链 {receipt.chain} 第 {receipt.height} 块，"
            + ("已执行成功。" if done else "并被拒绝，未改变任何记录。"),
            f'This certifies that the act "{self._title(receipt)}" was recorded on chain {receipt.chain}, block {receipt.height}, '
            f"at {time} (UTC, ledger time) and " + ("was carried out." if done else "was refused, changing no record."),
        )

    def _transaction(self, receipt: Receipt, file: ReceiptProof, digest: str) -> list[list[str]]:
        block = file.block.commit.block_id.hash
        return [
            [self.t("操作", "Act"), f"{self._title(receipt)}\n{receipt.contract}.{receipt.action}"],
            [self.t("结果", "Outcome"), self._outcome(receipt)],
            [self.t("账本时间", "Ledger time"), receipt.time, "code"],
            [self.t("区块 / 序号", "Block / place"), f"{receipt.height} / {receipt.index}"],
            [self.t("区块哈希", "Block hash"), block, "code"],
            [self.t("交易号", "Transaction"), receipt.tx, "code"],
            [self.t("回执摘要", "Receipt digest"), digest, "code"],
        ]

    def _signers(self, receipt: Receipt) -> list[list[str]]:
        rows = []
        for signer in receipt.signers:
            desk = signer.user.partition("/")[2] or signer.user
            rows += [[desk, self._org(signer.org)], ["", f"{signer.alg}:{signer.public_key}", "code"]]
        return rows

    def _org(self, org: str) -> str:
        name = self.names.orgs.get(org)
        return f"{self.t(*name)}（{org}）" if name else org

    def _values(self, value: Any) -> list[list[str]]:
        rows = [[" · ".join(path), self._text(leaf)] for path, leaf in self._leaves(value, ())]
        if len(rows) > ROWS_MAX:
            left = len(rows) - ROWS_MAX
            rows = [*rows[:ROWS_MAX], ["…", self.t(f"另有 {left} 项，见回执文件", f"{left} more, in the receipt file")]]
        return rows

    def _leaves(self, value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        """Each value with the titles of the fields it stands in; a list counts from 1."""
        if _money(value) is None and isinstance(value, dict) and value:
            for name, one in value.items():
                yield from self._leaves(one, (*path, self.t(*self.names.words.get(name, (name, name)))))
        elif isinstance(value, list) and value:
            for number, one in enumerate(value, 1):
                yield from self._leaves(one, (*path, str(number)))
        elif value not in (None, {}, []):
            yield path, value

    def _text(self, value: Any) -> str:
        money = _money(value)
        if money is not None:
            return f"{money}\n{yuan_in_words(money, prefix=True)}" if money.ccy == "CNY" else str(money)
        if isinstance(value, bool):
            return self.t("是", "yes") if value else self.t("否", "no")
        return self._org(value) if value in self.names.orgs else _broken(str(value))


LIMITS = (
    (
        "本证书由回执文件生成；有效的证明是回执文件本身，本页供阅读。扫描页脚二维码打开核验页，拖入回执文件即可在浏览器内核验，数据不离开本机。",
        "This certificate was made from a receipt file. The file is the proof, this paper is for reading: the code at the foot leads "
        "to a page that verifies the file within the browser, without sending it anywhere.",
    ),
    (
        "所证明的是：上述操作经所列签名人签名、由该链超过三分之二的验证方在所示时间记入账本、结果如上；并不证明操作内容在账本之外属实，也不证明其后未再变更。",
        "Proven is that this act was signed by those named, recorded at this time by more than two thirds of the chain's validators, "
        "with this outcome. Not proven is that what it says is true outside the ledger, nor that nothing changed later.",
    ),
    (
        "核验须以可信途径取得的创世信任锚（genesis.json）为准；命令行核验：heqi verify 文件 --genesis genesis.json。",
        "Verify against a trust anchor (genesis.json) obtained from whom you trust; on the command line: "
        "heqi verify FILE --genesis genesis.json.",
    ),
)


def _money(value: Any) -> Money | None:
    known = isinstance(value, dict) and value.keys() == {"ccy", "minor"} and value["ccy"] in EXPONENTS and type(value["minor"]) is int
    return Money(value["ccy"], value["minor"]) if known else None


def _broken(text: str) -> str:
    """Long unbroken text (digests, keys, certificates) with places where a line may end; the longest are cut."""
    if len(text) > 300:
        text = f"{text[:280]}… ({len(text)})"
    return "​".join(text[at : at + 8] for at in range(0, len(text), 8)) if " " not in text and len(text) > 40 else text
