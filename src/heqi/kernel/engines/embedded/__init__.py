"""The embedded engine: chains in this process, signed headers in CometBFT's format, one fdatasync a block."""

from heqi.kernel.engines.embedded.engine import EmbeddedEngine
from heqi.kernel.engines.embedded.verifiers import Verifiers

__all__ = ["EmbeddedEngine", "Verifiers"]
