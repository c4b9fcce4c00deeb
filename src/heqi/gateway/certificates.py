"""The certificate of evidence by REST: a receipt that concerns the asker, as a PDF."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from heqi.gateway.chain import visible_receipt
from heqi.gateway.errors import language
from heqi.gateway.explorer import organisations
from heqi.gateway.gate import Caller, Gate
from heqi.node.certificate import Names, certificate
from heqi.proof import canonical
from heqi.types.refusals import SchemaInvalid

PDF = "application/pdf"


async def show_certificate(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/receipts/<tx>/certificate.pdf?lang=: in the language asked for, else the browser's."""
    lang = request.query_params.get("lang", language(request))
    if lang not in ("zh", "en"):
        raise SchemaInvalid(problem="须为 zh 或 en (must be zh or en)", field="lang")
    receipt = await visible_receipt(gate, request, caller)
    proof = canonical.encode(await gate.engine.proof(receipt.tx))
    orgs = {one.org: (one.name_zh, one.name_en) for one in await organisations(gate, caller)}
    names = Names(words=gate.words, orgs=orgs)
    pdf = await run_in_threadpool(certificate, proof, gate.engine.genesis, gate.catalogue, names, gate.settings.origin, lang)
    name = receipt.tx.partition(":")[2][:16]
    return Response(pdf, media_type=PDF, headers={"Content-Disposition": f'inline; filename="certificate-{name}-{lang}.pdf"'})
