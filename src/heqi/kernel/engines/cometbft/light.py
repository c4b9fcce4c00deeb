"""From a header one trusts to a later one, in as few steps as the changes of the validators allow.

What holds here: this only finds the way; each step is believed because of `verify_step` (heqi.proof), so a farther header needs
more than `share` of the set trusted before it. A step that is too wide is halved; two neighbouring headers that do not fit are
refused. What not: no network (`fetch` brings what anybody serves) and no clock (`check_period` is the caller's).
"""

from collections.abc import Awaitable, Callable

from heqi.proof.commit import LightBlock, Trusted, verify_step
from heqi.types.refusals import ProofInvalid

Fetch = Callable[[int], Awaitable[LightBlock]]
"""The light block of a height."""


async def follow(chain_id: str, trusted: Trusted, height: int, fetch: Fetch, *, share: tuple[int, int] = (1, 3)) -> list[LightBlock]:
    """The steps from what is trusted to `height`, the last one being of `height` itself. Refuses: PROOF_INVALID."""
    steps: list[LightBlock] = []
    wanted = [await fetch(height)]
    while wanted:
        block = wanted[-1]
        try:
            trusted = verify_step(chain_id, trusted, block, share=share)
        except ProofInvalid:
            middle = (trusted.height + block.header.height) // 2
            if middle <= trusted.height:
                raise
            wanted.append(await fetch(middle))
            continue
        steps.append(wanted.pop())
    return steps
