"""`heqi bench loans`: the scale target of S05.10: 15,000 revolving loans, 30 bn CNY, accrued by the day end, totals exact.

Three day ends are measured: one on which nothing falls due, the settlement day on which every loan's interest does, and the day on
which all of it is overdue. A stated total is compared with one that an independent loop adds up from the seeded balances.
"""

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from heqi.finance import loans
from heqi.node.bench.ledger import ORG
from heqi.node.bench.s03 import uscc
from heqi.node.bench.seed_loans import SETTLED, interest, seeding, spans
from heqi.node.bench.stand import Stand, machine

TODAY, LATE = date(2026, 3, 19), date(2026, 3, 24)

Tell = Callable[[str], None]


def run(*, count: int, tell: Tell) -> dict[str, Any]:
    """Run the day ends over `count` loans. Figures in the result."""
    tell(f"{count:,} 笔循环贷 revolving loans")
    borrowers = tuple(uscc(number) for number in range(count))
    with Stand(seeding(ORG["boc"], borrowers), suite="intl", business_date=TODAY) as stand:
        operator, seconds, ticks = stand.cast.platform.operator, {}, {}
        if count <= 2_000:
            stand.host.call(lambda machine_: machine_.check_invariants())
        for name, day in (("ordinary", SETTLED - timedelta(days=1)), ("settlement", SETTLED), ("overdue", LATE)):
            stand.stage.tick_to(operator, day - timedelta(days=1))
            before, started = len(stand.stage.receipts), time.perf_counter()
            stand.stage.tick_to(operator, day)
            seconds[name], ticks[name] = time.perf_counter() - started, len(stand.stage.receipts) - before - 1
            tell(f"{name} {day}: {seconds[name]:.2f} s")
        found, late = stand.host.call(lambda machine_: _totals(machine_))
        expected = sum(interest(number) for number in range(count))
        assert (found, late) == (expected, count), (found, expected, late)
        if count <= 2_000:
            stand.host.call(lambda machine_: machine_.check_invariants())
        return {
            "workload": "S05.10",
            "loans": count,
            "balance_fen": sum(balance for number in range(count) for _, _, balance in spans(number)[-1:]),
            "interest_fen": found,
            "interest_exact": found == expected,
            **{f"{name}_day_end_s": round(taken, 2) for name, taken in seconds.items()},
            **{f"{name}_ticks": taken for name, taken in ticks.items()},
            "settlement_us_per_loan": round(seconds["settlement"] / count * 1e6, 1),
            "target_s": 60,
            **machine(),
        }


def _totals(machine_: Any) -> tuple[int, int]:
    """Interest of all dues, and how many are late."""
    ctx, table = machine_.view_context(), loans.register.tables["due"]
    total, late, after = 0, 0, None
    while page := table.scan(ctx, after=after):
        total, late = total + sum(due.accrued.minor for due in page), late + sum(due.late for due in page)
        after = (page[-1].loan, page[-1].number)
    return total, late
