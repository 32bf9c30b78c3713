"""Why a scanned paper or photo is not taken."""

from __future__ import annotations

from api.errors import DomainError, Invalid


class AttachmentTypeNotAccepted(DomainError):
    """The file is no JPEG, PNG or PDF, whatever its name says."""

    status = 415
    code = "attachment-type-not-accepted"
    title = "不支持这种文件"


class AttachmentDamaged(Invalid):
    """The file is empty, cut off or broken."""

    code = "attachment-damaged"
    title = "文件不完整或已损坏"


class AttachmentUnsafe(Invalid):
    """The file carries a program, another file, a password, or is two kinds of file at once."""

    code = "attachment-unsafe"
    title = "文件含有不安全的内容"


class ImageTooLarge(Invalid):
    """The picture has so many pixels that showing it would exhaust the machine that does."""

    code = "image-too-large"
    title = "图片尺寸过大"
