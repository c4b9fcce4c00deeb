"""The wire to CometBFT: our schema as generated, frames however they arrive, and answers in the order of the questions."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

import heqi
from heqi.kernel.engines.cometbft import abci_pb2 as abci
from heqi.kernel.engines.cometbft import server
from heqi.kernel.engines.cometbft.server import MESSAGE_MAX, Frames, frame
from heqi.proof.wire import uvarint

SRC = Path(heqi.__file__).parents[1]
PROTO = Path("heqi/kernel/engines/cometbft/abci.proto")


def test_the_generated_schema_is_fresh(tmp_path: Path) -> None:
    outputs = [f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", f"-I{SRC}", *outputs, PROTO], cwd=SRC, check=True)
    for name in ("abci_pb2.py", "abci_pb2.pyi"):
        assert (tmp_path / PROTO.parent / name).read_text() == (SRC / PROTO.parent / name).read_text(), "run `make protos`"


def requests() -> list[abci.Request]:
    checks = [abci.Request(check_tx=abci.AskCheckTx(tx=bytes([n]) * size)) for n, size in enumerate((0, 1, 127, 128, 20_000, 300_000))]
    return [abci.Request(echo=abci.AskEcho(message="你好")), *checks, abci.Request(flush=abci.Empty())]


@pytest.mark.parametrize("piece", [1, 2, 3, 1000, 65_536, 1 << 20])
def test_a_stream_is_cut_into_its_messages_however_it_arrives(piece: int) -> None:
    stream = b"".join(frame(request) for request in requests())
    frames = Frames()
    found = [message for at in range(0, len(stream), piece) for message in frames.feed(stream[at : at + piece])]
    assert [abci.Request.FromString(message) for message in found] == requests()


@pytest.mark.parametrize("stream", [uvarint(MESSAGE_MAX + 1), b"\xff" * 10])
def test_what_is_no_message_is_refused_before_it_is_awaited(stream: bytes) -> None:
    with pytest.raises(ValueError, match="message"):
        Frames().feed(stream)


def test_each_request_is_answered_once_in_order_and_a_fault_ends_the_connection(tmp_path: Path) -> None:
    faults: list[Exception] = []

    def handle(kind: str, request: abci.Request) -> abci.Response:
        if kind == "commit":
            raise OSError("the disk is full")
        return abci.Response(check_tx=abci.Result(log=str(len(request.check_tx.tx))))

    async def main() -> list[abci.Response]:
        listening = await server.serve(tmp_path / "abci", handle, faults.append)
        reader, writer = await asyncio.open_unix_connection(tmp_path / "abci")
        writer.write(b"".join(frame(request) for request in [*requests(), abci.Request(commit=abci.Empty())]))
        answers = [abci.Response.FromString(message) for message in Frames().feed(await reader.read())]  # Until it is closed.
        writer.close()
        listening.close()
        return answers

    echo, *checks, flush, failed = asyncio.run(asyncio.wait_for(main(), 10))
    assert echo.echo.message == "你好"
    assert [int(answer.check_tx.log) for answer in checks] == [0, 1, 127, 128, 20_000, 300_000]
    assert (flush.WhichOneof("value"), failed.WhichOneof("value")) == ("flush", "exception")
    assert "the disk is full" in failed.exception.error
    assert [type(fault) for fault in faults] == [OSError]


def test_a_request_of_an_unknown_kind_is_a_fault(tmp_path: Path) -> None:
    faults: list[Exception] = []
    connection = server.Connection(lambda kind, request: abci.Response(), faults.append)

    async def main() -> None:
        listening = await asyncio.get_running_loop().create_unix_server(lambda: connection, tmp_path / "abci")
        _, writer = await asyncio.open_unix_connection(tmp_path / "abci")
        writer.write(b"\x00")  # An empty message: the field of a newer protocol, say.
        while not faults:
            await asyncio.sleep(0.001)
        writer.close()
        listening.close()

    asyncio.run(asyncio.wait_for(main(), 10))
    assert isinstance(faults[0], ValueError)
