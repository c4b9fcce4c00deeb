"""What the tests of proposals do again and again."""

import base64
from datetime import date, timedelta

from heqi.node.consortium import issue_desk
from heqi.node.rehearsal import START, demo_consortium
from heqi.types.money import cny

SMALL = cny(5)
DAY = date(2026, 3, 10)


def propose(stage, actor, action="play.seal", number="A-1", amount=SMALL, **more):
    return stage.act("approvals.propose", actor, action=action, args={"number": number, "amount": amount, **more})["proposal"]


def enrol(stage, cast, party, login, roles, person_of=None):
    """A further user of an organisation; `person_of` a desk: the same natural person as that desk's."""
    consortium = demo_consortium("intl", DAY)
    desks = getattr(cast, party)
    issued = issue_desk(consortium.authority, "intl", desks.org, login, roles, START - timedelta(days=1))
    person = issued.person if person_of is None else consortium.desks[f"{party}.{person_of}"].person
    stage.act(
        "members.enrol", desks.admin, user=issued.actor.user, person=person, roles=roles,
        certificate=base64.b64encode(issued.certificate_der).decode(),
    )  # fmt: skip
    return issued.actor
