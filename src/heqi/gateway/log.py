"""Log lines a machine reads: one JSON object each, with the facts given as `extra={"facts": {…}}`. Never a secret, never a body."""

import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec

log = logging.getLogger("heqi.gateway")


class JsonLines(logging.Formatter):
    """time, level, event, then the facts; a stack trace stands in `trace`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


def json_lines(stream: TextIO = sys.stdout, level: int = logging.INFO) -> None:
    """Have everything of ours logged to this stream as JSON lines."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    ours = logging.getLogger("heqi")
    ours.handlers[:] = [handler]
    ours.setLevel(level)
    ours.propagate = False
