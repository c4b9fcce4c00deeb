"""The certificate of evidence: what a person is given in the hand."""

import io
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
from click.testing import CliRunner

from heqi.cli.commands import cli
from heqi.node import stories
from heqi.node.certificate import Names, certificate
from heqi.proof import canonical
from heqi.proof.receipt import Genesis
from heqi.types.refusals import ProofInvalid

VECTORS = Path(__file__).parents[1] / "vectors"
AMOUNT = {"ccy": "CNY", "minor": 157_000_000}


def text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return "\n".join(page.get_textpage().get_text_bounded() for page in document).replace("\r", "").replace("\u200b", "")


@pytest.fixture
def receipt(served: Any, jia: httpx.Client) -> dict[str, Any]:
    return jia.post("/api/v1/notebook/write", json={"debtor": served.cast.foton.org, "amount": AMOUNT}).json()


def test_a_certificate_says_who_did_what_for_how_much_and_what_is_proven(served: Any, jia: httpx.Client, receipt: dict[str, Any]) -> None:
    answer = jia.get(f"/api/v1/receipts/{receipt['tx']}/certificate.pdf", params={"lang": "zh"})
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/pdf"
    told = text(answer.content)
    for expected in (
        "存证证书", "记事本 · 记下", "1,570,000.00 CNY", "人民币壹佰伍拾柒万元整", served.cast.jia.maker.user, "甲", receipt["tx"],
        f"served-{receipt['height']}-{receipt['index']}", "8. 交易由", "并不证明", f"{served.url}/console/verify",
    ):  # fmt: skip
        assert expected in told, expected


def test_it_speaks_english_when_asked_and_is_the_same_each_time(jia: httpx.Client, receipt: dict[str, Any]) -> None:
    path = f"/api/v1/receipts/{receipt['tx']}/certificate.pdf"
    one = jia.get(path, headers={"accept-language": "en"}).content
    assert one == jia.get(path, params={"lang": "en"}).content
    assert "Certificate of Evidence" in text(one) and "Not proven is" in text(one)


def test_a_refused_act_is_certified_as_refused(jia: httpx.Client) -> None:
    tx = jia.post("/api/v1/notebook/spill", json={"drops": 11}).json()["tx"]
    told = text(jia.get(f"/api/v1/receipts/{tx}/certificate.pdf").content)
    assert "被拒绝 AMOUNT_EXCEEDS_BALANCE" in told and "未改变任何记录" in told


def test_only_two_languages_are_spoken(jia: httpx.Client, receipt: dict[str, Any]) -> None:
    answer = jia.get(f"/api/v1/receipts/{receipt['tx']}/certificate.pdf", params={"lang": "fr"})
    assert (answer.status_code, answer.json()["field"]) == (400, "lang")


def test_there_is_no_certificate_of_what_is_not_proven() -> None:
    data, anchor = (VECTORS / "receipt.json").read_bytes(), canonical.decode((VECTORS / "genesis.json").read_bytes(), Genesis)
    assert certificate(data, anchor, stories.catalogue(), Names(), "https://heqi.example", "zh").startswith(b"%PDF")
    with pytest.raises(ProofInvalid):
        certificate(data.replace(b"3003", b"3004"), anchor, stories.catalogue(), Names(), "https://heqi.example", "zh")


def test_the_command_line_makes_one_from_a_file_and_refuses_a_changed_one(tmp_path: Path) -> None:
    out, changed = tmp_path / "c.pdf", tmp_path / "changed.json"
    given = ["--genesis", str(VECTORS / "genesis.json"), "--out", str(out)]
    done = CliRunner().invoke(cli, ["certificate", str(VECTORS / "receipt.json"), *given])
    assert done.exit_code == 0 and "存证证书" in text(out.read_bytes())
    out.unlink()
    changed.write_bytes((VECTORS / "receipt.json").read_bytes().replace(b"3003", b"3004"))
    refused = CliRunner().invoke(cli, ["certificate", str(changed), *given])
    assert refused.exit_code == 1 and not out.exists()
