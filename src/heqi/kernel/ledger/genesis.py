"""The founding of a chain: authorities, first members and their users, the first business date, the code in force."""

from datetime import date

import msgspec

from heqi.kernel.contracts.context import Context
from heqi.kernel.governance import contract as governance
from heqi.kernel.governance.model import ParameterSetting
from heqi.kernel.identity import contract as identity
from heqi.kernel.identity.model import Organisation, OrgStage, OrgType
from heqi.kernel.ledger import register as ledger
from heqi.kernel.nodes import contract as nodes
from heqi.kernel.nodes.model import NodeKind
from heqi.proof.suites import Suite
from heqi.types.refusals import AlreadyExists


class FoundingOrganisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member from the first block on."""

    org: str
    name_zh: str
    name_en: str
    org_type: OrgType


class FoundingUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`certificate`: DER, Base64. The organisation is the part of `user` before the slash."""

    user: str
    person: str
    roles: tuple[str, ...]
    certificate: str


class FoundingNode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A validator of the network from the first block on; its keys in hex."""

    org: str
    link_key: str
    vote_key: str


class GenesisState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document all founders sign off. `authorities`: CA certificates, DER, Base64; `parameters`: name to value."""

    v: int
    business_date: date
    authorities: tuple[str, ...]
    organisations: tuple[FoundingOrganisation, ...]
    users: tuple[FoundingUser, ...]
    parameters: dict[str, msgspec.Raw] = {}
    nodes: tuple[FoundingNode, ...] = ()

    def digest(self, suite: Suite) -> str:
        """What the trust anchor of the chain carries of this document."""
        return suite.tagged(msgspec.json.encode(self, order="sorted"))


def found(ctx: Context, genesis: GenesisState) -> None:
    """Write the genesis document into an empty state. Refuses what an enrolment would refuse."""
    ledger.days.put(ctx, ledger.Day(id="today", date=genesis.business_date, pending=()))
    for certificate in genesis.authorities:
        identity.trust(ctx, certificate)
    for founder in genesis.organisations:
        identity.organisations.insert(
            ctx,
            Organisation(
                org=founder.org, name_zh=founder.name_zh, name_en=founder.name_en, org_type=founder.org_type, stage=OrgStage.ACTIVE
            ),
        )
    for user in genesis.users:
        _enrol(ctx, user)
    for node in genesis.nodes:
        nodes.enter(ctx, node.org, NodeKind.VALIDATOR, node.link_key, node.vote_key)
    for name, value in genesis.parameters.items():
        governance.settings.put(ctx, ParameterSetting(parameter=name, value=value, version=1, source="genesis"))
    for register in ctx.catalogue.registers.values():
        ledger.codes.put(ctx, ledger.Code(register=register.name, version=register.version, digest=ctx.catalogue.code_digest(register)))
        for prepare in register.genesis_steps:
            prepare(ctx)


def _enrol(ctx: Context, user: FoundingUser) -> None:
    org = user.user.partition("/")[0]
    identity.organisations.get(ctx, org)
    if identity.users.find(ctx, user.user) is not None:  # Later that would be a change of roles and key; here it is a mistake.
        raise AlreadyExists(record=f"User {user.user}")
    identity.enrol_user(ctx, org, user.user, user.person, user.roles, user.certificate)
