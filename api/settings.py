"""Settings of the process: one frozen object from `NONGBAO_*` variables or a `.env` file.

Outside the demonstration mode nothing secret has a default: keys live in files that only the owner can read, and a
missing, short or well-known one stops the start.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Mode(StrEnum):
    """`demo` makes its own keys and prints its users; `production` refuses to."""

    DEMO = "demo"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Everything that may differ between two installations. `nongbao doctor` lists them all."""

    model_config = SettingsConfigDict(env_prefix="NONGBAO_", env_file=".env", extra="ignore", frozen=True)

    mode: Mode = Field(default=Mode.DEMO, description="demo 或 production")
    database_url: str | None = Field(default=None, description="PostgreSQL 服务器；不设则用内置 PostgreSQL")
    data_dir: Path = Field(default=Path(".nongbao"), description="内置数据库、密钥、导出文件所在目录")
    keys_dir: Path | None = Field(default=None, description="密钥目录，默认为数据目录下的 keys")
    host: str = Field(default="127.0.0.1", description="监听地址")
    port: int = Field(default=8000, ge=0, le=65535, description="监听端口")
    pool_size: int = Field(default=16, ge=2, le=100, description="数据库连接数，同时也是并发处理数")
    business_date: date | None = Field(default=None, description="业务日期，仅演示时固定；不设则为当天")
    frontend_dir: Path = Field(default=Path("frontend/dist"), description="网页静态文件目录")
    session_idle_minutes: int = Field(default=15, ge=1, le=24 * 60, description="网页会话闲置时限(分钟)")
    session_hours: int = Field(default=8, ge=1, le=24, description="网页会话最长时限(小时)")
    secure_cookie: bool = Field(default=False, description="仅经 HTTPS 发送会话 Cookie(正式部署必须开启)")
    require_second_factor: bool | None = Field(default=None, description="审批与放款须动态口令；正式环境默认开启")
    max_body_bytes: int = Field(default=1 << 20, description="请求正文上限")
    max_upload_bytes: int = Field(default=20 << 20, description="上传文件上限")
    max_attachment_bytes: int = Field(default=5 << 20, description="每份证件或材料的上限")
    max_import_bytes: int = Field(default=129 << 20, description="名册和名单导入文件上限")
    workers: int = Field(
        default=1, ge=0, le=16, description="随服务启动的后台任务进程数；0 则须另行运行 nongbao worker"
    )
    job_lease_seconds: float = Field(
        default=30, ge=1, le=600, description="后台任务租约(秒)，进程意外中止后经此时间由他者接续"
    )
    import_keep_days: int = Field(default=90, ge=1, le=3650, description="导入原文件在完成后保存的天数")

    @property
    def keys_path(self) -> Path:
        """Where the keys are kept."""
        return self.keys_dir or self.data_dir / "keys"

    @property
    def second_factor_required(self) -> bool:
        """Whether approving and releasing money asks for a second factor."""
        if self.require_second_factor is None:
            return self.mode is Mode.PRODUCTION
        return self.require_second_factor


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Read the settings once."""
    return Settings()
