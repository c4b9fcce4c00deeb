"""The files CometBFT starts from: its genesis, its two keys and its settings, written by us (no `cometbft init`).

What holds here: settings are those of a consortium that knows its members (a full mesh, no peer exchange, the application asked
who may connect), each with its reason. A validator's signing state is written once and never again: whoever puts an old one
back signs twice.
"""

import base64
import hashlib
from pathlib import Path
from typing import Any

import msgspec

from heqi.kernel.state.durable import write_private
from heqi.proof.receipt import Genesis
from heqi.proof.suites import PrivateKey

BLOCK_BYTES_MAX = 4 << 20
TX_BYTES_MAX = 1 << 20
_pretty = msgspec.json.format
SETTINGS = """# Written by Heqi at every start; change the node's own file instead.
moniker = "{moniker}"
proxy_app = "unix://{app}"
abci = "socket"
log_level = "error"
filter_peers = true            # The application answers from the membership on the ledger.

[rpc]
laddr = "tcp://{rpc}" # This node is the only client.
max_body_bytes = 16000000
max_request_batch_size = 200

[p2p]
laddr = "tcp://{p2p}"
external_address = "{p2p}"
persistent_peers = "{peers}"
unconditional_peer_ids = "{ids}"
persistent_peers_max_dial_period = "2s" # A member that comes back is met again soon.
pex = false                    # Members are known; nobody introduces anybody.
addr_book_strict = false
allow_duplicate_ip = true
flush_throttle_timeout = "10ms"
send_rate = 51200000
recv_rate = 51200000

[mempool]
size = 20000
max_txs_bytes = 268435456
cache_size = 100000
max_tx_bytes = {tx_bytes_max}
recheck = true
recheck_timeout = "10s"

[consensus]
timeout_propose = "3s"
timeout_propose_delta = "500ms"
timeout_commit = "{commit_wait_ms}ms"
skip_timeout_commit = true     # All have voted: nothing to wait for.
peer_gossip_sleep_duration = "10ms"
create_empty_blocks = false
create_empty_blocks_interval = "{rest_ms}ms"
double_sign_check_height = 0

[storage]
discard_abci_responses = false

[tx_index]
indexer = "null"               # The application has its own index.

[instrumentation]
prometheus = false
"""


class Settings(msgspec.Struct, frozen=True):
    """What differs from node to node. Addresses are host:port; `peers` are node-id@host:port of the others."""

    moniker: str
    p2p: str
    rpc: str
    peers: tuple[str, ...] = ()
    commit_wait_ms: int = 100
    """How long to wait for the last votes once two thirds have voted: 100 on a local network, 1000 between cities."""
    rest_s: float = 15.0
    """An idle chain makes an empty block so often."""


def node_id(key: PrivateKey) -> str:
    """How peers name a node: the first 20 bytes of its key's SHA-256, hex."""
    return hashlib.sha256(key.public.raw).digest()[:20].hex()


def write_home(home: Path, genesis: Genesis, settings: Settings, *, validator: PrivateKey, node: PrivateKey, app: Path) -> None:
    """Write or renew what CometBFT starts from. `app`: the socket of the application."""
    for folder in (home / "config", home / "data"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = home / "config"
    write_private(config / "genesis.json", _json(genesis_file(genesis)))
    write_private(config / "node_key.json", _json({"priv_key": _private(node)}))
    public = {"type": "tendermint/PubKeyEd25519", "value": _base64(validator.public.raw)}
    address = hashlib.sha256(validator.public.raw).digest()[:20].hex().upper()
    key = {"address": address, "pub_key": public, "priv_key": _private(validator)}
    write_private(config / "priv_validator_key.json", _json(key))
    write_private(config / "config.toml", settings_file(settings, app).encode())
    signed = home / "data" / "priv_validator_state.json"
    if not signed.exists():
        write_private(signed, _json({"height": "0", "round": 0, "step": 0}))


def genesis_file(genesis: Genesis) -> dict[str, Any]:
    """CometBFT's genesis of a chain: byte for byte the same at every member."""
    day_ns = 24 * 3600 * 10**9
    return {
        "genesis_time": genesis.created,
        "chain_id": genesis.chain,
        "initial_height": str(genesis.initial_height),
        "consensus_params": {
            "block": {"max_bytes": str(BLOCK_BYTES_MAX), "max_gas": "-1"},
            # Evidence of a double signature is taken for two days.
            "evidence": {"max_age_num_blocks": "500000", "max_age_duration": str(2 * day_ns), "max_bytes": "1048576"},
            "validator": {"pub_key_types": ["ed25519"]},
            "version": {"app": "1"},
            "abci": {"vote_extensions_enable_height": "0"},
        },
        "validators": [
            {
                "address": validator.address.upper(),
                "pub_key": {"type": "tendermint/PubKeyEd25519", "value": _base64(bytes.fromhex(validator.public_key))},
                "power": str(validator.power),
                "name": "",
            }
            for validator in genesis.validators
        ],
        "app_hash": "",
        "app_state": {"content": genesis.content},
    }


def settings_file(settings: Settings, app: Path) -> str:
    """config.toml: what is not CometBFT's default."""
    return SETTINGS.format(
        moniker=settings.moniker,
        app=app,
        rpc=settings.rpc,
        p2p=settings.p2p,
        peers=",".join(settings.peers),
        ids=",".join(peer.partition("@")[0] for peer in settings.peers),
        tx_bytes_max=TX_BYTES_MAX,
        commit_wait_ms=settings.commit_wait_ms,
        rest_ms=round(settings.rest_s * 1000),
    )


def _private(key: PrivateKey) -> dict[str, str]:
    return {"type": "tendermint/PrivKeyEd25519", "value": _base64(key.raw() + key.public.raw)}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _json(value: Any) -> bytes:
    return _pretty(msgspec.json.encode(value))
