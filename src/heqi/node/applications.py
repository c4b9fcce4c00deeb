"""What a node runs: the kernel's registers, the shared registers, and the applications. An application is one line here."""

from heqi.apps import all_link
from heqi.kernel.contracts.app import App
from heqi.kernel.contracts.contract import Register
from heqi.kernel.governance import contract as governance
from heqi.kernel.identity import contract as identity
from heqi.kernel.ledger import register as ledger
from heqi.kernel.nodes import contract as nodes

REGISTERS: tuple[Register, ...] = (ledger.register, identity.register, governance.register, nodes.register)
"""In this order; an application brings the shared registers it uses along."""

APPS: tuple[App, ...] = (all_link.APP,)
