"""The one shape of a refusal: a class with facts, whose docstring is the message in Chinese and English.

    class LimitExceeded(Rejection):
        \"\"\"额度不足：{node} 可用 {available}。请减少金额或先释放额度。
        Limit exceeded: {node} has {available} available. Reduce the amount or release exposure first.\"\"\"

        node: str
        available: Money

    raise LimitExceeded(node="福田汽车", available=money)

What holds here: the code is the class name in UPPER_SNAKE and never changes; the first docstring line is Chinese, the
second English; both may name the facts in braces; every fact is given by keyword when it is raised.
"""

import inspect
import re
from functools import cache
from typing import Any, ClassVar, get_type_hints


class Rejection(ValueError):
    """业务规则拒绝了这项操作。
    A business rule refused this act."""

    code: ClassVar[str] = "REJECTION"
    message_zh: ClassVar[str] = ""
    message_en: ClassVar[str] = ""
    known: ClassVar[dict[str, type["Rejection"]]] = {}
    """Every refusal of the house by its code: the catalogue lists them from here."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).upper()
        lines = [line.strip() for line in inspect.cleandoc(cls.__doc__ or "").splitlines() if line.strip()]
        if len(lines) < 2:
            raise TypeError(f"{cls.__name__} needs a docstring of two lines: the message in Chinese, then in English")
        cls.message_zh, cls.message_en = lines[0], " ".join(lines[1:])
        # One idea has one class. The same class may be loaded twice (tests do), another one may not take its code.
        previous = Rejection.known.setdefault(cls.code, cls)
        if (previous.__module__, previous.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"{cls.code} is already the refusal {previous.__module__}.{previous.__qualname__}")
        Rejection.known[cls.code] = cls

    def __init__(self, *, field: str | None = None, **facts: Any) -> None:
        missing = self.fact_names() - facts.keys()
        surplus = facts.keys() - self.fact_names()
        if missing or surplus:
            raise TypeError(f"{type(self).__name__}: missing facts {sorted(missing)}, unknown facts {sorted(surplus)}")
        self.field, self.facts = field, facts
        super().__init__(f"{self.code}: {self.text('en')}")

    @classmethod
    @cache  # A refusal is an ordinary answer: rules try and catch by the thousand.
    def fact_names(cls) -> frozenset[str]:
        own = get_type_hints(cls, include_extras=False)
        return frozenset(own) - {"code", "message_zh", "message_en", "known"}

    def text(self, language: str) -> str:
        """The message for a person, `zh` or `en`, with the facts filled in."""
        template = self.message_zh if language == "zh" else self.message_en
        return template.format(**{name: str(value) for name, value in self.facts.items()})

    def told(self) -> dict[str, Any]:
        """What a receipt or an answer says of this refusal, beside its code."""
        details = {name: str(value) for name, value in self.facts.items()}
        return {"message_zh": self.text("zh"), "message_en": self.text("en"), "field": self.field, "details": details}
