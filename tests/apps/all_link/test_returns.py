"""A bank in a process of its own sends a payment back; the worker carries its word to the ledger."""

from datetime import date

import httpx

from heqi.apps import all_link
from heqi.apps.all_link import story
from heqi.apps.all_link.worker import Worker
from heqi.node.rehearsal import rehearse
from heqi.node.world import World
from heqi.types.money import cny

NO, DUE = "FJT-1", date(2026, 3, 20)


def test_a_pacs_004_makes_the_holders_claim_stand_again(tmp_path):
    world = World(tmp_path)
    try:
        stage, cast = rehearse([all_link.contract], check_invariants=False)
        worker = Worker(stage, cast, world)
        story.trust_sources(stage, cast, world)
        story.set_up(stage, cast)
        plant, jia, bank = cast.foton, cast.jia, cast.everbright
        stage.act("all_link.import_ap", plant.api, items=[story.item("AP-1", jia.org, "100.00")])
        stage.act(
            "all_link.issue_fjt", plant.maker, plant.checker, cast.foton_group.approver, package=NO, first_payee=jia.org, items=["AP-1"],
            face=cny("100.00"), maturity=DUE, plant="P1",
        )  # fmt: skip
        stage.act("all_link.accept", jia.maker, jia.checker, package=NO)
        stage.tick_to(cast.platform.operator, DUE)
        world.open_day(DUE)
        worker.run()

        def sheet():
            return stage.ask("all_link.package", plant.maker, package=NO)

        assert sheet()["package"]["stage"] == "SETTLED"
        (given,) = sheet()["instructions"]
        back = {"e2e_id": given["orders"][0], "reason": "AC04"}
        httpx.post(f"{world.running['bank'].url}/admin/return", json=back, trust_env=False).raise_for_status()
        worker.run()
        assert (sheet()["package"]["stage"], sheet()["instructions"][0]["paid"]) == ("OVERDUE", False)
        assert stage.ask("payments.find", jia.maker, order=given["orders"][0])["reason"] == "AC04"
        # Read from the start again, as after a restart, the same message changes nothing.
        assert Worker(stage, cast, world).step() == 0
        (again,) = stage.act("all_link.auto_pay", bank.api, package=NO)
        worker.run()
        assert sheet()["package"]["stage"] == "SETTLED", again
        stage.ledger.machine.check_invariants()
    finally:
        world.close()
