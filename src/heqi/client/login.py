"""What a key holder signs to log in: it names chain and gateway, so a signature given to one gateway is none at another."""

import msgspec

from heqi.proof.suites import signing_message


def login_message(chain: str, origin: str, nonce: str) -> bytes:
    """The bytes a log-in signature covers. `origin`: the gateway's scheme and host as the client reached it."""
    return signing_message(b"login", msgspec.json.encode({"chain": chain, "nonce": nonce, "origin": origin}, order="sorted"))
