"""How a scalar word is declared: a plain `str` or `int` at run time, with its check, names and pattern beside it.

    Uscc = Annotated[str, scalar("uscc", zh="统一社会信用代码", en="…", check=check_uscc, example="91990000MA0001843A")]

What holds here: the request boundary finds `meta.extra["check"]`, calls it on the value and adds the field path to the
refusal; the JSON schema tells a form what it is (`x-heqi`) and what it looks like (`pattern`). msgspec itself checks
only str or int, because a check that knows the rule gives the better message.
"""

import re
from collections.abc import Callable
from typing import Any

from msgspec import Meta

from heqi.types.rejection import Rejection

Check = Callable[[Any], None]


def matching(pattern: str, refused: Callable[[str], Rejection]) -> Check:
    """The check of a scalar that has a form and nothing to compute: `refused(value)` says what does not match it whole."""
    form = re.compile(pattern)

    def check(value: str) -> None:
        if not form.fullmatch(value):
            raise refused(value)

    return check


def scalar(name: str, *, zh: str, en: str, check: Check, example: str | int, pattern: str | None = None) -> Meta:
    """The annotation of a named scalar. `check(value)` returns None or raises a Rejection."""
    schema: dict[str, Any] = {"x-heqi": {"scalar": name, "zh": zh}}
    if pattern is not None:
        schema["pattern"] = pattern
    return Meta(
        title=en,
        description=f"{zh} · {en}",
        examples=[example],
        extra={"check": check, "scalar": name},
        extra_json_schema=schema,
    )
