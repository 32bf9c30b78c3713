"""Sealing and opening a person's protected values: document number, phone and bank account.

A sealed value is bound to its row and column, so it opens only as that person's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.errors import DomainError
from api.services.resident_search import id_number_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.crypto import Keyring
    from api.models import Resident


class NothingRecorded(DomainError):
    """The value that was asked for is not on record."""

    code = "value-not-recorded"
    title = "没有登记这项资料"


@dataclass(frozen=True, slots=True)
class Revealed:
    """A protected value in full, for the person who asked and whose asking is on record."""

    field: str
    value: str


def open_field(keyring: Keyring, resident: Resident, field: str) -> str:
    """Return one protected value in full. Raises `NothingRecorded`."""
    if field == "id_number":
        return id_number_of(keyring, resident)
    sealed = resident.phone_sealed if field == "phone" else resident.bank_account_sealed
    if sealed is None:
        raise NothingRecorded
    return keyring.unseal(sealed, table="residents", column=field, row_id=resident.id)


def protected_values(keyring: Keyring, resident: Resident) -> tuple[str | None, str | None]:
    """Return phone and bank account in full, for a schema that masks them."""
    opened = [
        None if sealed is None else keyring.unseal(sealed, table="residents", column=column, row_id=resident.id)
        for column, sealed in (("phone", resident.phone_sealed), ("bank_account", resident.bank_account_sealed))
    ]
    return opened[0], opened[1]


def sealed_columns(keyring: Keyring, resident_id: int, values: Mapping[str, str | None]) -> dict[str, bytes | None]:
    """Seal phone and bank account for their row; the account gets its blind index."""
    columns: dict[str, bytes | None] = {}
    for name, value in values.items():
        columns[f"{name}_sealed"] = (
            None if value is None else keyring.seal(value, table="residents", column=name, row_id=resident_id)
        )
        if name == "bank_account":
            columns["bank_account_index"] = None if value is None else keyring.blind_index("bank_account", value)
    return columns


def differs(keyring: Keyring, resident: Resident, name: str, value: Any) -> bool:
    """Tell whether a column changes; sealed values differ each time they are sealed, so they are opened to compare."""
    present = getattr(resident, name)
    if not name.endswith("_sealed") or present is None or value is None:
        return bool(present != value)
    column = name.removesuffix("_sealed")
    before, after = keyring.unseal_column(
        [present, value], table="residents", column=column, row_ids=[resident.id, resident.id]
    )
    return before != after
