"""Files of many rows brought to the ledger: an import runs beside the requests, tells how far it is, and what became of each row.

    POST /api/v1/imports/<contract>/<action>   multipart, one `file`      202 {"job": …}
    GET  /api/v1/imports/<job>                 how far it is; at the end the report

What holds here: an importer acts with the asker's hosted key and is judged row by row by the ledger; a job is its owner's alone. A
file's name is shown, never used: the file is kept under a name of ours, and removed. Jobs live in the memory of one gateway;
an import that broke off with it is simply run again.
"""

import asyncio
import re
import tempfile
import unicodedata
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response

from heqi.client.stage import Refused
from heqi.gateway.acts import settle, signed
from heqi.gateway.errors import language, problem
from heqi.gateway.gate import JSON, Caller, Gate
from heqi.gateway.jobs import Importer, Job
from heqi.gateway.refusals import KeyNotHosted, MediaTypeUnsupported
from heqi.gateway.repeats import nonce_of
from heqi.proof import canonical
from heqi.proof.receipt import Receipt
from heqi.types.refusals import NotFound, SchemaInvalid
from heqi.types.rejection import Rejection

PREFIX = "/api/v1/imports/"
KINDS = (".csv", ".txt", ".xlsx")
NAME_MAX = 80
_UNFIT = re.compile(r"[^\w.()（） -]")


class HostedDesk:
    """The asker's desk as an importer uses it, from a thread of its own."""

    def __init__(self, gate: Gate, caller: Caller, job: str, loop: asyncio.AbstractEventLoop) -> None:
        self._gate, self._caller, self._job, self._loop, self._sent = gate, caller, job, loop, 0

    def ask(self, view: str, /, **args: Any) -> Any:
        """A view's answer as plain data."""
        asked = self._gate.engine.ask(view, canonical.encode(args), self._caller.session.certificate)
        return msgspec.json.decode(asyncio.run_coroutine_threadsafe(asked, self._loop).result())

    def send(self, action: str, /, **args: Any) -> Receipt:
        """An act's receipt, whatever it says. Raises TimeoutError when none comes."""
        self._sent += 1
        nonce = nonce_of(self._caller.session.user, f"import/{self._job}/{self._sent}")
        tx_id, data = signed(self._gate, self._caller, action, canonical.encode(args), nonce)
        receipt = asyncio.run_coroutine_threadsafe(settle(self._gate, data, tx_id), self._loop).result()
        if receipt is None:
            raise TimeoutError(f"no receipt of {tx_id}")
        return receipt


async def begin_import(gate: Gate, request: Request, caller: Caller) -> Response:
    """POST /api/v1/imports/<contract>/<action>. Refuses: NOT_FOUND, KEY_NOT_HOSTED, MEDIA_TYPE_UNSUPPORTED, SCHEMA_INVALID."""
    name = f"{request.path_params['contract']}.{request.path_params['name']}"
    importer = gate.importers.get(name)
    if importer is None:
        raise NotFound(record=f"import {name}")
    if not caller.session.hosted:
        raise KeyNotHosted(user=caller.session.user)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise MediaTypeUnsupported(expected="multipart/form-data")
    upload = await _file(request)
    kind = PurePosixPath(upload.filename or "").suffix.lower()
    if kind not in KINDS:
        raise MediaTypeUnsupported(expected=", ".join(KINDS))
    folder = tempfile.TemporaryDirectory(prefix="heqi-import-")
    path = Path(folder.name) / f"rows{kind}"
    path.write_bytes(await upload.read())
    job = gate.jobs.begin(caller.session.user, name, shown_name(upload.filename or ""))
    desk = HostedDesk(gate, caller, job.job, asyncio.get_running_loop())
    task = asyncio.create_task(_run(gate, importer, desk, path, folder, job, language(request)))
    gate.jobs.running.add(task)
    task.add_done_callback(gate.jobs.running.discard)
    return Response(msgspec.json.encode(job), 202, media_type=JSON, headers={"Location": f"{PREFIX}{job.job}"})


async def _file(request: Request) -> UploadFile:
    """The one file of the form. Refuses: SCHEMA_INVALID."""
    try:
        form = await request.form(max_files=1, max_fields=4)
    except MultiPartException as error:
        raise SchemaInvalid(problem=error.message, field="file") from None
    found = form.get("file")
    if not isinstance(found, UploadFile):
        raise SchemaInvalid(problem="缺少文件 (no file)", field="file")
    return found


async def _run(gate: Gate, importer: Importer, desk: HostedDesk, path: Path, folder: Any, job: Job, lang: str) -> None:
    def progress(done: int, rows: int) -> None:
        job.done, job.rows = done, rows

    try:
        report = await run_in_threadpool(importer, desk, path, None, progress)
    except Refused as refused:
        told = refused.receipt.error or {}
        job.state, job.problem = "FAILED", problem(refused.receipt.code, told, lang)
    except Rejection as refusal:
        job.state, job.problem = "FAILED", problem(refusal.code, refusal.told(), lang)
    except TimeoutError as late:
        job.state, job.problem = "FAILED", problem("SCHEMA_INVALID", SchemaInvalid(problem=str(late)).told(), lang)
    else:
        job.state, job.report = "DONE", msgspec.to_builtins(msgspec.structs.replace(report, file=job.file))
    finally:
        folder.cleanup()
    gate.metrics.transactions.labels(f"IMPORT_{job.state}").inc()


async def show_import(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/imports/<job>"""
    return Response(msgspec.json.encode(gate.jobs.find(caller.session.user, request.path_params["job"])), media_type=JSON)


def shown_name(given: str) -> str:
    """A file's name fit to be shown: its last part, without control or markup characters, not too long."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", given))[-1]
    return _UNFIT.sub("_", last)[-NAME_MAX:] or "file"
