"""Nodes admitted and expelled by vote of the members: the validators of the network and whom their nodes may connect to.

What holds here: each key proves that its holder wants it used so (a signature over chain, organisation and both keys); a key
serves one node once and for ever; one validator an organisation, all of the same power; never fewer than four once there are
four; at most a third of the power changes within a window of blocks. What not: which of its nodes an organisation trusts.
"""

from heqi.kernel.contracts import RESOLUTION, Context, Register, changed, members
from heqi.kernel.identity import contract as identity
from heqi.kernel.nodes.model import (
    Node,
    NodeAdmitted,
    NodeExpelled,
    NodeId,
    NodeKey,
    NodeKind,
    NodeMark,
    NodeStage,
    Possession,
    PowerMovesTooFast,
    ValidatorsTooFew,
)
from heqi.proof.merkle import sha256
from heqi.proof.suites import parse_signature, signing_message, verify
from heqi.types.ids import PartyId
from heqi.types.refusals import AlreadyExists, SignatureInvalid

register = Register("nodes", title=("节点", "Nodes"), uses=(identity.register,))

nodes = register.table("node", Node, key=("node",))
marks = register.table("mark", NodeMark, key=("key",))

POWER = 10
"""Of each validator: institutions are equal, however many machines they run."""
VALIDATORS_MIN = 4
"""Of four, one may fail or lie; of three, none (more than two thirds must agree)."""

window = register.parameter(
    "window", 100, title=("表决权变动窗口（区块）", "Window in which at most a third of the votes changes (blocks)"),
    source="so that a verifier who trusts an old set still knows two thirds of the new one", within=(1, 100_000),
)  # fmt: skip


@register.action("接纳节点", by=RESOLUTION)
def admit(
    ctx: Context, org: PartyId, kind: NodeKind, link_key: NodeKey, vote_key: NodeKey, link_proof: Possession, vote_proof: Possession
) -> Node:
    """经成员表决接纳一家机构的节点；两把公钥须各自签名证明持有。
    Admit a member's node the members have voted for; both of its keys prove that they are held."""
    identity.require_active(ctx, org)
    message = possession_message(ctx.chain, org, link_key, vote_key)
    for key, proof in ((link_key, link_proof), (vote_key, vote_proof)):
        algorithm, signature = parse_signature(proof)
        if algorithm != "ed25519" or not verify("ed25519", bytes.fromhex(key), message, signature):
            raise SignatureInvalid(problem=f"未能证明持有密钥 {key} (possession of this key is not proved)")
    if kind is NodeKind.VALIDATOR and any(node.org == org for node in validators(ctx)):
        raise AlreadyExists(record=f"validator of {org}")
    before = len(validators(ctx))
    node = enter(ctx, org, kind, link_key, vote_key)
    if node.power and before >= VALIDATORS_MIN:  # Fewer are no network yet.
        _hold_pace(ctx)
    ctx.emit(NodeAdmitted(node=node.node, org=org, kind=kind))
    return node


@register.action("移除节点", by=RESOLUTION)
def expel(ctx: Context, node: NodeId, reason: str) -> Node:
    """经成员表决移除一个节点：其密钥不再参与共识，也不得再连接。
    Expel a node the members have voted out: its key signs no more blocks, and nobody takes its connection."""
    held, before = nodes.get(ctx, node), len(validators(ctx))
    gone = nodes.put(ctx, changed(held.moved(NodeStage.EXPELLED, "expel"), changed=ctx.height))
    if held.power:
        if before <= VALIDATORS_MIN:
            raise ValidatorsTooFew(left=before - 1, least=VALIDATORS_MIN)
        _hold_pace(ctx)
    ctx.emit(NodeExpelled(node=node, org=held.org, reason=reason))
    return gone


def enter(ctx: Context, org: PartyId, kind: NodeKind, link_key: NodeKey, vote_key: NodeKey) -> Node:
    """Write a node down, at the founding or when it is admitted. Refuses ALREADY_EXISTS: a key that is or was a node's."""
    node = Node(
        node=node_id(link_key), org=org, kind=kind, link_key=link_key, vote_key=vote_key,
        power=POWER if kind is NodeKind.VALIDATOR else 0, changed=ctx.height, stage=NodeStage.ACTIVE,
    )  # fmt: skip
    for key in (link_key, vote_key):
        marks.insert(ctx, NodeMark(key=key, node=node.node))
    return nodes.insert(ctx, node)


def validators(ctx: Context) -> list[Node]:
    """Those that vote on blocks. Empty on a chain whose validators are not kept here (an embedded one)."""
    return [node for node in nodes.scan(ctx) if node.stage is NodeStage.ACTIVE and node.power]


def may_connect(ctx: Context, node: NodeId) -> bool:
    """Is this a node of the network? Where no nodes are kept, everybody is."""
    found = nodes.find(ctx, node)
    return found.stage is NodeStage.ACTIVE if found is not None else not nodes.scan(ctx)


def node_id(link_key: str) -> str:
    """How peers name a node: the first 20 bytes of its key's SHA-256, hex (CometBFT p2p/key.go)."""
    return sha256(bytes.fromhex(link_key))[:20].hex()


def possession_message(chain: str, org: PartyId, link_key: str, vote_key: str) -> bytes:
    """What both keys sign before a node is admitted."""
    return signing_message(b"node", f"{chain}\n{org}\n{link_key}\n{vote_key}".encode())


def _hold_pace(ctx: Context) -> None:
    """Refuse a change after which more than a third of the votes would have changed within the window: POWER_MOVES_TOO_FAST."""
    blocks = ctx.parameter(window)
    moved = sum(node.power for node in nodes.scan(ctx) if node.changed and node.changed > ctx.height - blocks)
    total = sum(node.power for node in validators(ctx))
    if moved * 3 > total:
        raise PowerMovesTooFast(moved=moved, total=total, window=blocks)


@register.view("节点", sees=members)
def list_nodes(ctx: Context) -> list[Node]:
    """网络的全部节点及其状态，含已移除的。
    All nodes of the network and their state, the expelled ones too."""
    return nodes.scan(ctx)
