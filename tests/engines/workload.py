"""Transactions drawn from a seed: mostly payments, and among them every way to be refused."""

import random
from collections.abc import Iterator
from datetime import timedelta

from purse import FILLED_FEN, PURSES
from worlds import TODAY, World

MAKERS = ("boc.maker", "everbright.maker", "zhongbang.maker")


def some_transactions(world: World, seed: int, count: int) -> Iterator[bytes]:
    """`count` transactions that are admitted to a block, whatever becomes of them there."""
    dice = random.Random(seed)
    for _ in range(count):
        yield one_transaction(world, dice)


def one_transaction(world: World, dice: random.Random) -> bytes:
    who = dice.choice(MAKERS)
    source, target = (f"p{number:02}" for number in dice.sample(range(PURSES), 2))
    amount = dice.choice((1, 7, 123, 45_678, FILLED_FEN // 2, 2 * FILLED_FEN))
    nonce = f"{dice.getrandbits(128):032x}"
    match dice.randrange(12):
        case 0:
            return world.sign("purse.counterfeit", who, nonce=nonce, target=target, amount=amount)
        case 1:
            return world.sign("purse.stumble", who, nonce=nonce, source=source, target=target, after=1)
        case 2:
            return world.sign("purse.weigh", who, nonce=nonce, source=source, target=target)
        case 3:
            return world.sign("purse.pay_checked", who, nonce=nonce, source=source, target=target, amount=amount)  # One signature short.
        case 4:
            checker = who.replace("maker", "checker")
            return world.sign("purse.pay_checked", who, checker, nonce=nonce, source=source, target=target, amount=amount)
        case 5:
            return world.sign("purse.promise", who, nonce=nonce, source=source, on=TODAY + timedelta(days=1), count=dice.randrange(9))
        case 6:
            return world.sign("purse.pay", who, nonce=nonce, source=source, target="p99", amount=amount)
        case _:
            return world.sign("purse.pay", who, nonce=nonce, source=source, target=target, amount=amount, memo=f"第{amount}分")
