"""One outside source over HTTP: its address, its name and the key pinned for it."""

from typing import Any

import httpx
import msgspec

from heqi.connectors.answers import SignedAnswer, SourceDown, SourceRefused, open_answer, open_document
from heqi.proof.suites import PublicKey

TIMEOUT_S = 10.0


class Source:
    """`url` like http://127.0.0.1:8102. Every call refuses with SourceDown, SourceRefused or SignatureInvalid."""

    def __init__(self, name: str, url: str, key: PublicKey, timeout_s: float = TIMEOUT_S) -> None:
        self.name, self.key = name, key
        # trust_env off: no proxy of the environment sees or answers our questions.
        self._http = httpx.Client(base_url=url, timeout=timeout_s, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, kind: str, *, on_behalf: str = "", **params: str) -> SignedAnswer:
        """`on_behalf`: the organisation a source of several speaks for; part of the name it signs under."""
        name = f"{self.name}-{on_behalf}" if on_behalf else self.name
        return open_answer(self._call("GET", path, params=params).content, self.key, name, kind)

    def post(self, path: str, kind: str, content: Any) -> SignedAnswer:
        """`content` is sent as JSON."""
        answer = self._call("POST", path, content=msgspec.json.encode(content), type_="application/json")
        return open_answer(answer.content, self.key, self.name, kind)

    def get_document(self, path: str, kind: str, **params: str) -> bytes:
        answer = self._call("GET", path, params=params)
        open_document(answer.content, answer.headers, self.key, self.name, kind)
        return answer.content

    def post_document(self, path: str, kind: str, body: bytes, media_type: str) -> bytes:
        answer = self._call("POST", path, content=body, type_=media_type)
        open_document(answer.content, answer.headers, self.key, self.name, kind)
        return answer.content

    def _call(self, method: str, path: str, *, params: Any = None, content: bytes | None = None, type_: str = "") -> httpx.Response:
        headers = {"Content-Type": type_} if type_ else {}
        try:
            answer = self._http.request(method, path, params=params, content=content, headers=headers)
        except httpx.HTTPError as problem:
            raise SourceDown(source=self.name, problem=type(problem).__name__) from None
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise SourceDown(source=self.name, problem=f"HTTP {answer.status_code}")
        if not answer.is_success:
            raise SourceRefused(source=self.name, said=answer.text[:300])
        return answer
