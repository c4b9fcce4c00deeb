"""Who joins a network and who leaves it: the new node's folder, the motion, and the votes of the members' administrators.

The command line plays this for a demonstration, where every institution's folder lies on one machine. In earnest each
administrator votes at home; the acts are the same: `governance.move` with `nodes.admit` or `nodes.expel`, then `governance.vote`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from heqi.client.http import HeqiClient
from heqi.client.stage import Actor
from heqi.kernel.engines.cometbft.config import Settings, node_id
from heqi.kernel.identity.ca import CertificateAuthority
from heqi.kernel.identity.keystore import Keystore
from heqi.kernel.identity.model import OrgType
from heqi.kernel.nodes.contract import possession_message
from heqi.node import network as net
from heqi.node.cast import CAST
from heqi.node.consortium import Consortium
from heqi.node.home import AUTHORITY, NODE, VALIDATOR, Home, NodePlace
from heqi.node.tls import TlsAuthority
from heqi.proof.suites import SUITES, PrivateKey, generate_key, signature_text

Dial = Callable[[Actor], HeqiClient]


class Request(msgspec.Struct, frozen=True):
    """A node that asks to be admitted: its folder, ready to start, and the arguments of `nodes.admit`."""

    folder: Path
    args: dict[str, Any]


def prepare(directory: Path, party: str, *, observer: bool) -> Request:
    """Make the folder of a member's node, with fresh keys, and what it hands to the members. ValueError: no such party."""
    member = net.PARTIES.get(party)
    if member is None:
        raise ValueError(f"{party}: {', '.join(net.PARTIES)}")
    folders = net.members(directory)
    first = Home.open(folders[0])
    keys = Keystore(directory / "authority" / "keys", SUITES[first.genesis.suite]).unlock(
        (directory / "authority" / "passphrase").read_text()
    )
    authority = CertificateAuthority.load(keys, AUTHORITY)
    vote, link = generate_key("ed25519"), generate_key("ed25519")
    consortium = Consortium(first.genesis.suite, authority, {}, first.founding)
    folder = directory / party
    Home.furnish(folder, first.genesis, consortium, [], {VALIDATOR: vote, NODE: link}, member.org)
    p2p, rpc, gateway = net.one_more(folders)
    peers = tuple(f"{node_id(Home.open(each).keys.open(NODE).key)}@{net.place(each).settings.p2p}" for each in folders)
    TlsAuthority.open(directory / "authority" / "tls").issue(folder / "tls", gateway.rpartition(":")[0])
    net.write_place(folder, NodePlace(gateway, Settings(party, p2p=p2p, rpc=rpc, peers=peers)))
    args = {
        "org": member.org, "kind": "OBSERVER" if observer else "VALIDATOR",
        "link_key": link.public.raw.hex(), "vote_key": vote.public.raw.hex(),
        **possession(first.genesis.chain, member.org, link, vote),
    }  # fmt: skip
    return Request(folder, args)


def possession(chain: str, org: str, link: PrivateKey, vote: PrivateKey) -> dict[str, str]:
    """Both keys' proofs that they are held, as `nodes.admit` takes them."""
    message = possession_message(chain, org, link.public.raw.hex(), vote.public.raw.hex())
    return {"link_proof": signature_text("ed25519", link.sign(message)), "vote_proof": signature_text("ed25519", vote.sign(message))}


def node_of(home: Home) -> str:
    """The node id of a folder's node."""
    return node_id(home.keys.open(NODE).key)


def decide(dial: Dial, folders: Sequence[Path], action: str, args: dict[str, Any]) -> str:
    """Move it and have the administrators whose keys lie in these folders vote until it is carried. Gives the motion's stage."""
    voters = administrators(folders)
    with dial(voters[0]) as client:
        motion = client.act("governance.move", action=action, args=args, reason=action)
    for voter in voters[1:]:
        if motion["stage"] != "OPEN":
            break
        with dial(voter) as client:
            motion = client.act("governance.vote", motion=motion["motion"], yes=True)
    return str(motion["stage"])


def administrators(folders: Sequence[Path]) -> list[Actor]:
    """Those with a vote (not the platform's) whose keys these folders hold."""
    found: list[Actor] = []
    for folder in folders:
        home = Home.open(folder)
        for party in CAST:
            if party.org_type is not OrgType.PLATFORM and f"{party.org}/admin" in home.logins():
                found.append(home.actor(f"{party.org}/admin"))
    return found
