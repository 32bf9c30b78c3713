"""Reasons: why a decision fell or how an amount came about, one sentence each, for the villager and for the file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of a decision or a calculation: a stable code for programs, a Chinese sentence for people."""

    code: str
    message: str
    clause: str = ""
    """Document and article that it rests on, as printed on the determination sheet."""
