"""Turns judged roster rows into protected COPY blocks: tokens, sealed phone and account, blind index, households.

Encoding one chunk runs in a thread while the database works on the one before it.
"""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
from sqlalchemy import text

from api.database import copy_blocks, run_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    from sqlalchemy.orm import Session

    from api.crypto import Keyring

CHUNK = 50_000
TOKEN_BYTES = 16
FOLDER = "roster_import"
COLUMNS = (
    "row_no", "resident_id", "id_token", "division_code", "household_id", "document_kind", "name", "pinyin", "initials",
    "sex", "birth_date", "ethnicity", "hukou_kind", "address", "village_group", "relation", "phone_sealed",
    "bank_account_sealed", "bank_account_index", "is_student", "employee_insured", "disability_grade", "dibao", "wubao",
    "land_taken", "remark",
)  # fmt: skip
_RENAMED = {"village_code": "division_code", "student": "is_student"}
_OPTIONS = "(FORMAT csv, NULL '\\N')"


@dataclass(frozen=True)
class StagedRoster:
    """Accepted rows in token order, their tokens (16 bytes each, behind each other) and their households' ids."""

    frame: pl.DataFrame
    tokens: bytes

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.frame.height


def sort_by_token(accepted: pl.DataFrame, keyring: Keyring) -> StagedRoster:
    """Token every row and put the rows into the order of their tokens, which halves the time of the unique index."""
    numbers = cast("Sequence[int]", accepted["id17"].to_numpy())
    packed = keyring.id_tokens_packed(numbers)
    halves = np.frombuffer(packed, dtype=">u8").reshape(-1, 2).astype(np.uint64)
    order = pl.DataFrame({"high": halves[:, 0], "low": halves[:, 1]}).select(pl.arg_sort_by("high", "low")).to_series()
    tokens = np.frombuffer(packed, dtype=np.uint8).reshape(-1, TOKEN_BYTES)[order.to_numpy()].tobytes()
    frame = accepted[order].with_columns(pl.int_range(pl.len(), dtype=pl.Int32).alias("row_no"))
    return StagedRoster(frame, tokens)


def with_households(session: Session, staged: StagedRoster, *, county_code: int) -> StagedRoster:
    """Bring in the households that the villages lack and give every row the id of its own."""
    houses = (
        staged.frame.filter(pl.col("household_number").is_not_null())
        .sort("row")
        .group_by("village_code", "household_number", maintain_order=True)
        .agg(pl.col("village_group").first())
        .with_columns(pl.int_range(pl.len(), dtype=pl.Int32).alias("place"))
    )
    found = pl.DataFrame(schema={"place": pl.Int32, "household_id": pl.Int64})
    if not houses.is_empty():
        listed = houses.select("place", "village_code", "household_number", "village_group")
        columns = ("place", "division_code", "number", "village_group")
        copy_blocks(session, "staged_households", columns, [_csv(listed)], options=_OPTIONS)
        session.execute(text("ANALYZE staged_households"))
        run_sql(session, FOLDER, "20_insert_households", county_code=county_code)
        rows = run_sql(session, FOLDER, "21_read_households", county_code=county_code).all()
        found = pl.DataFrame(
            {"place": [row.place for row in rows], "household_id": [row.id for row in rows]}, schema=found.schema
        )
    ids = houses.join(found, on="place", how="left").select("village_code", "household_number", "household_id")
    frame = staged.frame.join(ids, on=["village_code", "household_number"], how="left", maintain_order="left")
    return StagedRoster(frame, staged.tokens)


def copy_facts(session: Session, staged: StagedRoster, keyring: Keyring) -> None:
    """Stage the facts by which known people are compared; nothing is sealed yet."""
    blocks = (_facts(staged, np.arange(low, min(low + CHUNK, staged.height)), keyring) for low in _starts(staged))
    copy_blocks(session, "staged_facts", COLUMNS, ahead(blocks), options=_OPTIONS)
    session.execute(text("ANALYZE staged_facts"))


def _starts(staged: StagedRoster) -> range:
    return range(0, staged.height, CHUNK)


def _facts(staged: StagedRoster, places: npt.NDArray[Any], keyring: Keyring) -> bytes:
    return _csv(_plain(staged, places, np.zeros(places.size, dtype=np.int64), keyring).select(COLUMNS))


def sealed_chunks(
    staged: StagedRoster, places: npt.NDArray[Any], resident_ids: npt.NDArray[Any], keyring: Keyring
) -> Iterator[tuple[bytes, int]]:
    """Yield COPY blocks of the rows at `places`, sealed for their resident ids, and the number of rows of each."""

    def encoded() -> Iterator[tuple[bytes, int]]:
        for low in range(0, places.size, CHUNK):
            part = places[low : low + CHUNK]
            yield _sealed(staged, part, resident_ids[low : low + CHUNK], keyring), part.size

    return ahead(encoded())


def copy_chunk(session: Session, block: bytes) -> None:
    """Replace the staged rows by one chunk."""
    session.execute(text("TRUNCATE staged_residents"))
    copy_blocks(session, "staged_residents", COLUMNS, [block], options=_OPTIONS)


def _plain(
    staged: StagedRoster, places: npt.NDArray[Any], resident_ids: npt.NDArray[Any], keyring: Keyring
) -> pl.DataFrame:
    """Rows in the shape of the staging table, phone and account not yet sealed."""
    rows = staged.frame[places]
    tokens = [staged.tokens[place * TOKEN_BYTES : (place + 1) * TOKEN_BYTES] for place in places.tolist()]
    accounts = rows["bank_account"]
    index = keyring.blind_index_column("bank_account", accounts.drop_nulls().to_list())
    return rows.rename(_RENAMED).with_columns(
        pl.Series("resident_id", resident_ids, dtype=pl.Int64),
        pl.Series("id_token", tokens, dtype=pl.Binary).bin.encode("hex"),
        _spread(accounts, index, "bank_account_index"),
        pl.lit(None, dtype=pl.String).alias("phone_sealed"),
        pl.lit(None, dtype=pl.String).alias("bank_account_sealed"),
    )


def _sealed(staged: StagedRoster, places: npt.NDArray[Any], resident_ids: npt.NDArray[Any], keyring: Keyring) -> bytes:
    """One chunk as CSV, ready to insert."""
    frame = _plain(staged, places, resident_ids, keyring)
    sealed = []
    for column in ("phone", "bank_account"):
        given = frame[column].is_not_null()
        blobs = keyring.seal_column(
            frame[column].drop_nulls().to_list(),
            table="residents",
            column=column,
            row_ids=frame["resident_id"].filter(given).to_list(),
        )
        sealed.append(_spread(frame[column], blobs, f"{column}_sealed"))
    return _csv(frame.with_columns(sealed).select(COLUMNS))


def _spread(values: pl.Series, blobs: list[bytes], name: str) -> pl.Series:
    """Put bytes made for the non-null values back at their places, as bytea literals."""
    literals = pl.select(pl.lit("\\x") + pl.Series(blobs, dtype=pl.Binary).bin.encode("hex")).to_series()
    given = values.is_not_null()
    if given.all():
        return literals.alias(name)
    places = given.arg_true()
    empty = pl.Series(name, [None], dtype=pl.String).new_from_index(0, values.len())
    return empty.scatter(places, literals) if places.len() else empty


def _csv(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    frame.write_csv(target, include_header=False, null_value="\\N", quote_style="necessary")
    return target.getvalue()


def ahead(blocks: Iterator[Any]) -> Iterator[Any]:
    """Yield what the iterator yields, computing the next one meanwhile in a thread."""
    stop = object()
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, blocks, stop)
        while (block := coming.result()) is not stop:
            coming = pool.submit(next, blocks, stop)
            yield block
