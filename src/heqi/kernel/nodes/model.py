"""Nodes: who takes part in the network, and with how much of the vote."""

from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from heqi.kernel.contracts import Event, Record, Staged
from heqi.types.ids import PartyId
from heqi.types.rejection import Rejection

NodeId = Annotated[str, Meta(title="Node", description="节点编号：节点公钥 SHA-256 的前 20 字节", pattern=r"^[0-9a-f]{40}\Z")]
NodeKey = Annotated[str, Meta(title="Ed25519 key", description="Ed25519 公钥，十六进制 (hex)", pattern=r"^[0-9a-f]{64}\Z")]
Possession = Annotated[
    str, Meta(title="Proof of possession", description="以该密钥对链、机构和两把公钥的签名 (signature by the key itself)", max_length=140)
]


class NodeKind(StrEnum):
    """节点类型：验证节点参与共识，观察节点只接收区块。"""

    VALIDATOR = "VALIDATOR"
    OBSERVER = "OBSERVER"


class NodeStage(StrEnum):
    ACTIVE = "ACTIVE"
    EXPELLED = "EXPELLED"


class Node(Staged, frozen=True, kw_only=True):
    """A node of a member. `link_key` names it to its peers, `vote_key` signs blocks (both hex); `power` is 0 for an observer.

    `changed`: the height at which its power last changed, 0 from the founding on."""

    MOVES: ClassVar = {NodeStage.ACTIVE: (NodeStage.EXPELLED,)}
    node: NodeId
    org: PartyId
    kind: NodeKind
    link_key: NodeKey
    vote_key: NodeKey
    power: int
    changed: int
    stage: NodeStage


class NodeMark(Record, frozen=True, kw_only=True):
    """A key that is or was a node's: it never becomes another's."""

    key: NodeKey
    node: NodeId


class NodeAdmitted(Event, frozen=True, kw_only=True):
    node: NodeId
    org: PartyId
    kind: NodeKind


class NodeExpelled(Event, frozen=True, kw_only=True):
    node: NodeId
    org: PartyId
    reason: str


class ValidatorsTooFew(Rejection):
    """验证节点将只剩 {left} 个，少于 {least} 个：再失一个即停链。请先接纳新的验证节点。
    Only {left} validators would be left of at least {least}: one more failure would stop the chain. Admit another one first."""

    left: int
    least: int


class PowerMovesTooFast(Rejection):
    """近 {window} 个区块内表决权变动 {moved}，不得超过总量 {total} 的三分之一。请稍后再行变更。
    {moved} of {total} votes changed within {window} blocks, more than a third: verifiers could not follow. Change it later."""

    moved: int
    total: int
    window: int
