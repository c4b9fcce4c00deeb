"""The BFT engine: CometBFT orders, this process executes; one replica a member, two thirds of them agree on each block."""

from heqi.kernel.engines.cometbft.engine import CometEngine

__all__ = ["CometEngine"]
