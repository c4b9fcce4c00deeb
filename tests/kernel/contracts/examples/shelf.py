"""A register whose acts do what a table can do, so that a test can compare it with a dictionary."""

import msgspec

from heqi.kernel.contracts import Context, Contract, Event, Record, maker, members, own
from heqi.types.ids import PartyId
from heqi.types.refusals import AmountExceedsBalance


class Box(Record, frozen=True, kw_only=True):
    """`weight` in grams; a box without a colour is in no order of colours."""

    box: str
    owner: PartyId
    weight: int
    colour: str | None = None


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of many in a transaction: place, take, look, list, weigh."""

    do: str
    box: str
    weight: int = 1


class BoxPlaced(Event, frozen=True, kw_only=True):
    owner: PartyId
    box: str


contract = Contract("shelf", title=("货架", "Shelf"))

boxes = contract.table(
    "box",
    Box,
    key=("box",),
    indexes={
        "owner": ("owner", "weight"),
        "colour": lambda box: None if box.colour is None else (box.colour,),
    },
)


@contract.action("放置", by=maker(own))
def place(ctx: Context, box: str, weight: int, colour: str | None = None) -> Box:
    """放置一件货物，或更换它。
    Place a box, or another one under its name."""
    ctx.emit(BoxPlaced(owner=ctx.org, box=box))
    return boxes.put(ctx, Box(box=box, owner=ctx.org, weight=weight, colour=colour))


@contract.action("新放", by=maker(own))
def add(ctx: Context, box: str, weight: int) -> Box:
    """放置一件新货物。
    Place a box that is not there yet."""
    return boxes.insert(ctx, Box(box=box, owner=ctx.org, weight=weight))


@contract.action("取走", by=maker(own))
def take(ctx: Context, box: str) -> Box:
    """取走本机构的货物。
    Take one's own box away."""
    found = boxes.get(ctx, box)
    ctx.require_owner(found.owner, box)
    boxes.delete(ctx, found)
    return found


@contract.action("先放后退", by=maker(own))
def place_and_regret(ctx: Context, box: str) -> None:
    """放置后又拒绝，不得留下任何痕迹。
    Place a box and refuse: nothing of it may stay."""
    place(ctx, box, 1, "red")
    raise AmountExceedsBalance(record=box, available=0)


@contract.action("过多", by=maker(own))
def place_many(ctx: Context, count: int) -> list[str]:
    """一次放置多件货物。
    Place many boxes at once."""
    names = [ctx.unique("box") for _ in range(count)]
    for name in names:
        place(ctx, name, 1)
    return names


@contract.action("多步", by=maker(own))
def do_all(ctx: Context, steps: list[Step]) -> list[list[Box]]:
    """在一笔交易内依次放置、取走、查看。
    Place, take and look, one after the other in one transaction; what was seen at each look."""
    seen: list[list[Box]] = []
    for step in steps:
        found = boxes.find(ctx, step.box)
        if step.do == "place":
            boxes.put(ctx, Box(box=step.box, owner=ctx.org, weight=step.weight))
        elif step.do == "take" and found is not None:
            boxes.delete(ctx, found)
        elif step.do == "look":
            seen.append([] if found is None else [found])
        elif step.do == "list":
            seen.append(boxes.scan(ctx))
        elif step.do == "weigh":
            seen.append(boxes.by(ctx, "owner", ctx.org, upto=step.weight))
    return seen


@contract.action("出错", by=maker(own))
def stumble(ctx: Context, box: str) -> None:
    """放置后程序出错。
    Place a box, then run into a bug."""
    place(ctx, box, 1)
    assert not box, "a bug"


@contract.law(boxes)
def a_box_weighs_something(ctx: Context, changes: list[tuple[Box | None, Box | None]]) -> None:
    """No box is of no weight."""
    for _, box in changes:
        assert box is None or box.weight > 0


@contract.view("全部", sees=members)
def all_boxes(ctx: Context, start: list[str] | None = None, after: str | None = None, limit: int = 1000) -> list[Box]:
    """按名称排列的货物。
    Boxes by name."""
    return boxes.scan(ctx, *(start or []), after=None if after is None else (after,), limit=limit)


@contract.view("按重量", sees=members)
def by_weight(
    ctx: Context, owner: str, upto: int | None = None, after: str | None = None, reverse: bool = False, limit: int = 1000
) -> list[Box]:
    """一家机构按重量排列的货物。
    An organisation's boxes by weight."""
    last = None if after is None else boxes.get(ctx, after)
    return boxes.by(ctx, "owner", owner, upto=upto, after=last, reverse=reverse, limit=limit)


@contract.view("按颜色", sees=members)
def by_colour(ctx: Context) -> list[Box]:
    """有颜色的货物，按颜色排列。
    Boxes that have a colour, by colour."""
    return boxes.by(ctx, "colour")


def the_owner(ctx: Context, box: str) -> list[str]:
    """Who may look into a box."""
    found = boxes.find(ctx, box)
    return [] if found is None else [found.owner]


@contract.view("一件", sees=the_owner)
def one_box(ctx: Context, box: str) -> Box:
    """一件货物，仅其所有人和监管可见。
    A box, for its owner and the regulator."""
    return boxes.get(ctx, box)


@contract.view("越权", sees=members)
def view_that_writes(ctx: Context) -> Box:
    """视图不得写入。
    A view must not write."""
    return boxes.put(ctx, Box(box="x", owner="x", weight=1))
