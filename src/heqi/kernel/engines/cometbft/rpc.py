"""CometBFT's JSON-RPC as this node uses it, and its blocks' headers as our records."""

import base64
import re
from typing import Any

import httpx

from heqi.proof.commit import ABSENT, ABSENT_SIG, Commit, CommitSig, SignedHeader
from heqi.proof.header import NO_BLOCK, BlockId, Header, Parts, Validator, Version

ANSWER_S = 10.0
IN_CACHE = "tx already exists in cache"
VALIDATORS_PAGE = 100


class EngineAway(RuntimeError):
    """CometBFT does not answer: it is being started, or was stopped."""


class EngineRefused(RuntimeError):
    """CometBFT answered with an error, told in its words: for instance that its mempool is full."""


class Rpc:
    """A client of one CometBFT. Use it from one event loop."""

    def __init__(self, address: str) -> None:
        self._client = httpx.AsyncClient(base_url=f"http://{address}", timeout=ANSWER_S, trust_env=False)

    async def close(self) -> None:
        await self._client.aclose()

    async def status(self) -> dict[str, Any]:
        """What CometBFT says of itself: heights, catching up or not, its node id."""
        return await self._ask("status")

    async def peers(self) -> list[str]:
        """The node ids connected now."""
        return [peer["node_info"]["id"] for peer in (await self._ask("net_info"))["peers"]]

    async def waiting(self) -> int:
        """Transactions in the mempool."""
        return int((await self._ask("num_unconfirmed_txs"))["total"])

    async def signed_header(self, height: int) -> SignedHeader:
        """A header and its commit: the one the next header records, once there is one."""
        answer = (await self._ask("commit", height=str(height)))["signed_header"]
        return SignedHeader(_header(answer["header"]), _commit(answer["commit"]))

    async def validators(self, height: int) -> list[Validator]:
        """The set that signs this height, in its order."""
        found: list[Validator] = []
        page, total = 1, 1
        while len(found) < total:
            answer = await self._ask("validators", height=str(height), page=str(page), per_page=str(VALIDATORS_PAGE))
            total, page = int(answer["total"]), page + 1
            found += [
                Validator(base64.b64decode(validator["pub_key"]["value"]).hex(), int(validator["voting_power"]))
                for validator in answer["validators"]
            ]
        return found

    async def broadcast(self, txs: list[bytes]) -> list[Exception | None]:
        """Hand transactions to the mempool; for each what CometBFT had against it. One it holds already is fine."""
        calls = [
            {"jsonrpc": "2.0", "id": number, "method": "broadcast_tx_async", "params": {"tx": base64.b64encode(tx).decode()}}
            for number, tx in enumerate(txs)
        ]
        told = await self._post(calls)
        # CometBFT answers a batch of one without the brackets.
        answers = {answer["id"]: answer for answer in (told if isinstance(told, list) else [told])}
        return [_refusal(answers.get(number)) for number in range(len(txs))]

    async def _ask(self, method: str, **params: str) -> dict[str, Any]:
        answer = await self._post({"jsonrpc": "2.0", "id": 0, "method": method, "params": params})
        if "error" in answer:
            raise EngineRefused(f"{method}: {_told(answer['error'])}")
        return answer["result"]

    async def _post(self, call: Any) -> Any:
        try:
            answer = await self._client.post("/", json=call)
            return answer.json()
        except (httpx.HTTPError, ValueError, RuntimeError) as error:
            raise EngineAway(f"CometBFT does not answer: {error!r}") from None


def _refusal(answer: dict[str, Any] | None) -> Exception | None:
    if answer is None:
        return EngineAway("CometBFT did not answer for a transaction")
    told = _told(answer["error"]) if "error" in answer else ""
    return EngineRefused(told) if told and IN_CACHE not in told else None


def _told(error: dict[str, Any]) -> str:
    return f"{error.get('message', '')} {error.get('data', '')}".strip()


def _time(text: str) -> str:
    """RFC 3339 as Go writes it (no trailing zeros) with our nine decimals."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", text)
    if match is None:
        raise ValueError(f"not a time of CometBFT: {text}")
    return f"{match[1]}.{(match[2] or '').ljust(9, '0')}Z"


def _block_id(answer: dict[str, Any]) -> BlockId:
    if not answer["hash"]:
        return NO_BLOCK
    return BlockId(answer["hash"].lower(), Parts(answer["parts"]["total"], answer["parts"]["hash"].lower()))


def _header(answer: dict[str, Any]) -> Header:
    version = answer["version"]
    hashes = {
        name: answer[name].lower()
        for name in (
            "last_commit_hash", "data_hash", "validators_hash", "next_validators_hash", "consensus_hash", "app_hash",
            "last_results_hash", "evidence_hash", "proposer_address",
        )
    }  # fmt: skip
    return Header(
        version=Version(int(version["block"]), int(version.get("app", 0))),
        chain_id=answer["chain_id"],
        height=int(answer["height"]),
        time=_time(answer["time"]),
        last_block_id=_block_id(answer["last_block_id"]),
        **hashes,
    )


def _commit(answer: dict[str, Any]) -> Commit:
    signatures = [
        ABSENT_SIG
        if signed["block_id_flag"] == ABSENT
        else CommitSig(
            signed["block_id_flag"], signed["validator_address"].lower(), _time(signed["timestamp"]),
            base64.b64decode(signed["signature"]).hex(),
        )
        for signed in answer["signatures"]
    ]  # fmt: skip
    return Commit(int(answer["height"]), answer["round"], _block_id(answer["block_id"]), signatures)
