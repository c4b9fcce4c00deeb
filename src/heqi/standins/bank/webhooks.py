"""Posts each camt.054 to whoever registered, in order, again and again until it is accepted.

What holds here: a notification is posted after its transaction is durable, and marked delivered only on a 2xx answer, so
a receiver may see one twice but never misses one.
"""

import asyncio

import httpx

from heqi.standins.service import StandIn, about_file

PAUSE_S = 0.2
BACKOFF_MAX_S = 5.0


async def deliver(stand_in: StandIn) -> None:
    """Runs as long as the stand-in does."""
    pause = PAUSE_S
    async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
        while True:
            accepted = await _deliver_once(stand_in, client)
            pause = PAUSE_S if accepted else min(pause * 2, BACKOFF_MAX_S)
            await asyncio.sleep(pause)


async def _deliver_once(stand_in: StandIn, client: httpx.AsyncClient) -> bool:
    """One round over all receivers; False when one of them did not accept."""
    all_well = True
    for hook in stand_in.store.all("SELECT * FROM webhook ORDER BY id"):
        notices = "SELECT * FROM notice WHERE seq > ? ORDER BY seq LIMIT 100"
        for notice in stand_in.store.all(notices, hook["delivered"]):
            said = about_file("camt.054", notice["xml"], seq=notice["seq"])
            headers = stand_in.signed_headers(stand_in.dated("camt.054", said)) | {"Content-Type": "application/xml"}
            try:
                answer = await client.post(hook["url"], content=notice["xml"], headers=headers)
            except httpx.HTTPError:
                all_well = False
                break
            if not answer.is_success:
                all_well = False
                break
            stand_in.store.run("UPDATE webhook SET delivered = ? WHERE id = ?", notice["seq"], hook["id"])
    return all_well
