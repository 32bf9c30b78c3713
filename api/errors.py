"""The root of every refusal that the domain can utter. Subclasses live beside the code that raises them.

A domain error is a fact with a stable code for programs and a Chinese sentence for people. It carries no personal
data: whatever is put into it may end up in a log, an answer and an audit event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class FieldFault(NamedTuple):
    """What is wrong with one field of a request: its pointer, the stable code and the Chinese sentence."""

    pointer: str
    code: str
    message: str


class DomainError(Exception):
    """A rule of the scheme refused the request.

    `status` is the HTTP status, `code` the stable slug of the problem type, `title` its Chinese name. `detail` says
    in Chinese what happened and what the reader can do. `pointer` names the field of the body that is at fault; `faults`
    lists several of them, each with a code of its own.
    """

    status: ClassVar[int] = 409
    code: ClassVar[str] = "domain-error"
    title: ClassVar[str] = "业务规则不允许"
    keeps: ClassVar[bool] = False
    """Whether what was written before it was raised stays: the refusal itself is a fact to be kept.

    Only what comes before the request's key is taken: an effect that has begun stays whole or not at all.
    """

    def __init__(
        self,
        detail: str | None = None,
        *,
        pointer: str | None = None,
        retry_after: int | None = None,
        faults: Sequence[FieldFault] = (),
    ) -> None:
        self.detail = detail or self.title
        self.faults = tuple(faults)
        self.pointer = pointer
        self.retry_after = retry_after
        super().__init__(self.detail)


class NotFound(DomainError):
    """The thing does not exist, or lies outside what the actor may see: the two are the same answer, byte for byte."""

    status = 404
    code = "not-found"
    title = "未找到"

    def __init__(self) -> None:
        super().__init__("没有这条记录，或不在您的管辖范围内。")


class Invalid(DomainError):
    """The request is well-formed JSON but its content breaks a rule of shape (422)."""

    status = 422
    code = "invalid"
    title = "提交的内容不符合要求"


class StaleVersion(DomainError):
    """The thing has changed since the version that the change was made from (412)."""

    status = 412
    code = "stale-version"
    title = "内容已被他人修改"

    def __init__(self) -> None:
        super().__init__("内容已被他人修改，请重新载入后再操作。")
