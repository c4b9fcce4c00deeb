"""Words people write into records: reasons and case numbers.

What holds here: their length. What does not: that they say anything.
"""

from typing import Annotated

from msgspec import Meta

from heqi.types.refusals import SchemaInvalid
from heqi.types.scalar import scalar

REASON_SIZE_MIN = 5
REASON_SIZE_MAX = 200


def check_reason(value: str) -> None:
    """Five to 200 characters beside blanks (capabilities C10)."""
    if not REASON_SIZE_MIN <= len(value.strip()) <= REASON_SIZE_MAX:
        size = f"{REASON_SIZE_MIN}–{REASON_SIZE_MAX}"
        raise SchemaInvalid(problem=f"理由须为 {size} 字 (a reason has {size} characters)")


Reason = Annotated[str, scalar("reason", zh="理由", en="Reason", check=check_reason, example="发票金额与订单不符")]
"""Why somebody says no, or closes a matter."""
Grounds = Annotated[str, Meta(title="Reason", description="理由", min_length=5, max_length=500)]
"""What an authority or a checker writes down at more length."""
CaseNo = Annotated[str, Meta(title="Case number", description="案号", min_length=4, max_length=60)]
