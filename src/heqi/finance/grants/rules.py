"""Is what is asked for within what was granted? Pure: no ledger."""

from collections.abc import Iterable

from heqi.finance.grants.model import Scope


def missing(granted: Iterable[Scope], asked: Iterable[Scope]) -> str | None:
    """The first field asked for that is not granted, as `asset.field`; None when all are."""
    allowed = {(scope.source, scope.asset, field) for scope in granted for field in scope.fields}
    for scope in asked:
        for field in scope.fields:
            if (scope.source, scope.asset, field) not in allowed:
                return f"{scope.asset}.{field}"
    return None


def use_ref(grant: str, number: int) -> str:
    """What a use is called: the record an envelope with its data is bound to."""
    return f"{grant}/{number}"


def split_use_ref(ref: str) -> tuple[str, int]:
    """The grant and the number of a use; a name of another form names none (number 0)."""
    grant, _, number = ref.partition("/")
    return grant, int(number) if number.isdecimal() and number.isascii() else 0
