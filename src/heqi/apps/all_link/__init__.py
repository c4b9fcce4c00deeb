"""All-Link 福金通 (S03): payables of a manufacturer as vouchers for its suppliers."""

from heqi.apps.all_link import early as early
from heqi.apps.all_link import financing as financing
from heqi.apps.all_link import maturity as maturity
from heqi.apps.all_link import provenance as provenance
from heqi.apps.all_link import views as views
from heqi.apps.all_link.contract import contract
from heqi.kernel.contracts import App

APP = App(name="all_link", title=("福金通", "All-Link"), system="S03", contract=contract, story="heqi.apps.all_link.story")
