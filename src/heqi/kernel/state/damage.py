"""What a node says when what it kept is not what it wrote."""


class StoreDamaged(Exception):
    """The state database is not what was written. Nothing was repaired."""

    def __init__(self, space: str, found: str) -> None:
        self.space, self.found = space, found
        super().__init__(
            f"状态库已损坏（{space}）：{found}。未作任何修复；请从快照恢复，或删除状态库后由区块日志重放。\n"
            f"The state database is damaged ({space}): {found}. Nothing was repaired; restore a snapshot, or delete the state "
            "database and let the block log be replayed."
        )
