"""The part of a roster import that touches tables: who is known, who changed, and the rows chunk by chunk."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.database import county_of, new_ids, run_sql, scope_of
from api.exchange.roster_rules import Severity
from api.services.resident_spells import Leaving, end_stays
from api.services.roster_staging import (
    FOLDER,
    StagedRoster,
    copy_chunk,
    copy_facts,
    sealed_chunks,
    with_households,
)
from api.vocabulary import ResidentStatus, SpellEnd

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    import numpy.typing as npt
    from sqlalchemy.orm import Session

    from api.crypto import Keyring

FETCH = 20_000
NEW, UNCHANGED, CHANGED, ELSEWHERE, FOR_COUNTY, FOR_PERSON, MERGED = range(7)
_MOVES = (
    *("70_move_accounts", "71_move_enrolments", "72_move_benefits", "73_move_awards"),
    *("74_move_contributions", "75_move_documents", "75_move_enrolment_terms", "76_move_change_requests"),
    *("75_move_cancellations", "77_move_attachments", "78_move_attachment_contents", "79_move_attachment_subjects"),
)
_REFUSALS = {
    FOR_COUNTY: ("name", "county_approval_required"),
    FOR_PERSON: ("name", "identity_changed_before"),
    MERGED: ("", "person_merged"),
}
Progress = Callable[[int], None]


@contextmanager
def timed(phases: dict[str, float], name: str) -> Iterator[None]:
    """Add the seconds of a block to its phase."""
    start = time.perf_counter()
    try:
        yield
    finally:
        phases[name] = phases.get(name, 0.0) + time.perf_counter() - start


@dataclass
class RosterLoading:
    """The part of an import that touches tables: match, then write chunk by chunk."""

    session: Session
    keyring: Keyring
    division_code: int
    source_id: int
    given: list[str]
    phases: dict[str, float]
    progress: Progress | None
    as_of: date
    """Day of the file: what it changes holds from then on."""
    recorded_by_id: int
    is_county: bool
    """Whether the actor stands for the county: only it changes names and accounts of the insured (policy.md P2)."""
    issues: list[tuple[int, str, str, Severity]] = field(default_factory=list)
    unchanged: int = 0
    created: int = 0
    changed: int = 0

    @property
    def county_code(self) -> int:
        """County of the import."""
        return county_of(self.division_code)

    def run(self, staged: StagedRoster) -> None:
        """Bring the accepted rows into the county."""
        if staged.height == 0:
            return
        run_sql(self.session, FOLDER, "10_create_staging")
        with timed(self.phases, "match"):
            staged = with_households(self.session, staged, county_code=self.county_code)
            verdicts = np.full(staged.height, NEW, dtype=np.int8)
            resident_ids = np.zeros(staged.height, dtype=np.int64)
            if self._has_residents():
                staged = self._match(staged, verdicts, resident_ids)
        self._count(verdicts, staged)
        if self.progress:
            self.progress(self.unchanged)
        with timed(self.phases, "write"):
            self._insert(staged, np.flatnonzero(verdicts == NEW))
            self._update(staged, np.flatnonzero(verdicts == CHANGED), resident_ids)
        self.session.execute(text("DROP TABLE staged_households, staged_residents, staged_facts"))

    def preview(self, staged: StagedRoster) -> dict[str, int]:
        """Count what `run` would do, without writing a person; returns how many rows change each fact.

        It brings in households all the same: the caller undoes the whole.
        """
        if staged.height == 0:
            return {}
        run_sql(self.session, FOLDER, "10_create_staging")
        staged = with_households(self.session, staged, county_code=self.county_code)
        verdicts = np.full(staged.height, NEW, dtype=np.int8)
        changes: dict[str, int] = {}
        if self._has_residents():
            phones = staged.frame["phone"]
            staged = self._match(staged, verdicts, np.zeros(staged.height, dtype=np.int64))
            changed = verdicts == CHANGED
            low, high = scope_of(self.division_code)
            facts = {"county_code": self.county_code, "low": low, "high": high, "given": self.given}
            places = np.flatnonzero(changed).tolist()
            row = run_sql(self.session, FOLDER, "31_count_changes", places=places, **facts).one()
            changes = {name: int(count) for name, count in row._mapping.items() if count}  # noqa: SLF001 - its public way
            moved = changed & phones.is_not_null().to_numpy() & staged.frame["phone"].is_not_null().to_numpy()
            if moved.any():
                changes["phone"] = int(moved.sum())
        self._count(verdicts, staged)
        self.created = int((verdicts == NEW).sum())
        self.changed = int((verdicts == CHANGED).sum())
        return changes

    def _count(self, verdicts: npt.NDArray[Any], staged: StagedRoster) -> None:
        """Note the rows that stay out, and how many are as they were."""
        self.unchanged = int((verdicts == UNCHANGED).sum())
        for place in np.flatnonzero(verdicts == ELSEWHERE).tolist():
            self._refuse_elsewhere(staged, place)
        for verdict, (name, code) in _REFUSALS.items():
            for row in staged.frame["row"].filter(pl.Series(verdicts == verdict)).to_list():
                self.issues.append((row, name, code, Severity.REFUSAL))

    def _has_residents(self) -> bool:
        probe = text("SELECT EXISTS (SELECT 1 FROM residents WHERE county_code = :county_code)")
        return bool(self.session.execute(probe, {"county_code": self.county_code}).scalar_one())

    def _match(self, staged: StagedRoster, verdicts: npt.NDArray[Any], resident_ids: npt.NDArray[Any]) -> StagedRoster:
        """Decide about each row whose token is known; return the rows without the phones that are on record already.

        Sealing an equal phone anew would look like a change of it.
        """
        copy_facts(self.session, staged, self.keyring)
        low, high = scope_of(self.division_code)
        matched = run_sql(
            self.session,
            FOLDER,
            "30_match_residents",
            county_code=self.county_code,
            low=low,
            high=high,
            given=self.given,
        )
        phones = staged.frame["phone"]
        keeps_phone = np.zeros(staged.height, dtype=np.bool_)
        for part in matched.partitions(FETCH):
            # By column: a loop over named rows would cost as much as the database's own part.
            row_nos, ids, statuses, sealed, inside, needs_county, needs_person, equal = zip(*part, strict=True)
            places = np.array(row_nos)
            same_phone = self._phones_agree(phones.gather(places).to_list(), sealed, ids)
            resident_ids[places] = ids
            keeps_phone[places] = same_phone
            unchanged = np.array(equal) & same_phone
            verdicts[places] = np.where(inside, np.where(unchanged, UNCHANGED, CHANGED), ELSEWHERE)
            if not self.is_county:
                verdicts[places[np.array(inside) & np.array(needs_county)]] = FOR_COUNTY
            verdicts[places[np.array(inside) & np.array(needs_person)]] = FOR_PERSON
            merged = np.array([status == ResidentStatus.MERGED.value for status in statuses])
            verdicts[places[merged & np.array(inside)]] = MERGED
            gone = np.array([status != ResidentStatus.ALIVE.value for status in statuses]) & ~merged
            for place in places[gone & np.array(inside)].tolist():
                self.issues.append((int(staged.frame["row"][place]), "", "status_kept", Severity.WARNING))
        phone = pl.when(~pl.Series("keeps_phone", keeps_phone)).then(pl.col("phone")).alias("phone")
        return StagedRoster(staged.frame.with_columns(phone), staged.tokens)

    def _phones_agree(
        self, told: list[str | None], sealed: Sequence[bytes | None], resident_ids: Sequence[int]
    ) -> npt.NDArray[np.bool_]:
        """Tell for each row whether its phone is the stored one, or is left empty."""
        agree = np.array([phone is None for phone in told], dtype=np.bool_)
        known = [place for place, blob in enumerate(sealed) if blob is not None and told[place] is not None]
        opened = self.keyring.unseal_column(
            [cast("bytes", sealed[place]) for place in known],
            table="residents",
            column="phone",
            row_ids=[resident_ids[place] for place in known],
        )
        agree[known] = [phone == told[place] for place, phone in zip(known, opened, strict=True)]
        return agree

    def _insert(self, staged: StagedRoster, places: npt.NDArray[Any]) -> None:
        """Insert new people in the order of their tokens."""
        serials = new_ids(self.session, self.county_code, places.size, sequence="resident_serials")
        ids = np.array(serials, dtype=np.int64)
        for block, count in sealed_chunks(staged, places, ids, self.keyring):
            copy_chunk(self.session, block)
            retired, left_out = self._insert_chunk()
            for place in left_out:
                self._refuse_elsewhere(staged, place)
            for place in retired:
                self.issues.append((int(staged.frame["row"][place]), "id_number", "former_number", Severity.REFUSAL))
            self.created += count - len(left_out) - len(retired)
            if self.progress:
                self.progress(count)

    def _insert_chunk(self) -> tuple[list[int], list[int]]:
        """Insert the staged rows; return the places of those whose number was somebody's before, and of those whose
        token exists where the actor cannot see it.

        A number may be retired while the chunk waits for whoever retires it, so the tombstones are looked at again.
        """
        retired = self._leave_out_retired()
        self.session.execute(text("SAVEPOINT untouched"))
        while True:
            left_out = self._insert_staged()
            late = run_sql(self.session, FOLDER, "46_find_retired", county_code=self.county_code).first()
            if late is None:
                return retired, left_out
            self.session.execute(text("ROLLBACK TO SAVEPOINT untouched"))
            retired += self._leave_out_retired()

    def _leave_out_retired(self) -> list[int]:
        return list(run_sql(self.session, FOLDER, "39_leave_out_retired", county_code=self.county_code).scalars())

    def _insert_staged(self) -> list[int]:
        """Insert what is staged. The plain insert is a third faster than the one that expects conflicts, and nearly
        every chunk has none.
        """
        parameters = {"county_code": self.county_code, "source_id": self.source_id}
        facts = parameters | {"recorded_by_id": self.recorded_by_id}
        self.session.execute(text("SAVEPOINT chunk"))
        try:
            run_sql(self.session, FOLDER, "40_insert_residents", **parameters)
        except IntegrityError:
            self.session.execute(text("ROLLBACK TO SAVEPOINT chunk"))
            run_sql(self.session, FOLDER, "41_insert_residents_apart", **parameters)
            rows = run_sql(self.session, FOLDER, "42_find_registered_elsewhere", county_code=self.county_code).all()
            run_sql(self.session, FOLDER, "44_leave_out_elsewhere", county_code=self.county_code)
            run_sql(self.session, FOLDER, "43_begin_facts_of_new", **facts)
            return [row.row_no for row in rows]
        run_sql(self.session, FOLDER, "43_begin_facts_of_new", **facts)
        self.session.execute(text("RELEASE SAVEPOINT chunk"))
        return []

    def _update(self, staged: StagedRoster, places: npt.NDArray[Any], resident_ids: npt.NDArray[Any]) -> None:
        """Keep the earlier rows of the changed people and give them their new facts."""
        county = {"county_code": self.county_code}
        facts = county | {"as_of": self.as_of, "recorded_by_id": self.recorded_by_id}
        for block, count in sealed_chunks(staged, places, resident_ids[places], self.keyring):
            copy_chunk(self.session, block)
            run_sql(self.session, FOLDER, "50_keep_versions", source_id=self.source_id, **county)
            self._end_stays()
            run_sql(
                self.session, FOLDER, "52_record_names", actor_id=self.recorded_by_id, changed_on=self.as_of, **county
            )
            run_sql(
                self.session,
                FOLDER,
                "60_update_residents",
                source_id=self.source_id,
                given=self.given,
                as_of=self.as_of,
                **county,
            )
            run_sql(self.session, FOLDER, "61_end_facts", **facts)
            run_sql(self.session, FOLDER, "62_begin_facts", source_id=self.source_id, **facts)
            for step in _MOVES:
                run_sql(self.session, FOLDER, step, **county)
            self.changed += count
            if self.progress:
                self.progress(count)

    def _end_stays(self) -> None:
        """Keep the stays that the staged rows end, before the people's own rows change."""
        found = run_sql(self.session, FOLDER, "51_find_leavings", county_code=self.county_code, as_of=self.as_of).all()
        leavings = [Leaving(row.resident_id, row.on_day, row.division_code, row.changes_village) for row in found]
        for reason, moves in ((SpellEnd.MOVED_WITHIN, True), (SpellEnd.HUKOU_CHANGED, False)):
            end_stays(
                self.session,
                [leaving for leaving in leavings if leaving.changes_village is moves],
                county_code=self.county_code,
                reason=reason,
                recorded_by_id=self.recorded_by_id,
            )

    def _refuse_elsewhere(self, staged: StagedRoster, place: int) -> None:
        """Refuse a row whose person belongs to another unit; whose, nobody is told."""
        row = int(staged.frame["row"][place])
        self.issues.append((row, "id_number", "registered_elsewhere", Severity.REFUSAL))
