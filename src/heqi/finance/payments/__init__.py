"""Payment orders, standing authorisations, and the bank's word on what became of a payment (C11)."""

from heqi.finance.payments import views as views
from heqi.finance.payments.model import PAYMENT, Difference, Instruction, Mandate, PaymentOrder, PaymentStage, Rail
from heqi.finance.payments.register import cancel, create, mandate_for, of_rule, order, register, require_settled

__all__ = [
    "PAYMENT",
    "Difference",
    "Instruction",
    "Mandate",
    "PaymentOrder",
    "PaymentStage",
    "Rail",
    "cancel",
    "create",
    "mandate_for",
    "of_rule",
    "order",
    "register",
    "require_settled",
]
