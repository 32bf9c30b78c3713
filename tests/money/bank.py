"""Steps with the bank: a deduction batch is computed, sent and answered. The program is the bank, and makes mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.exchange.bank_layouts_loader import FilePurpose, load_layout
from tests.money.model import SUBSIDY_FEN, Paid
from tests.money.office import BASE, COUNTY, Batch, yuan

if TYPE_CHECKING:
    from tests.money.office import Office, Person

LAYOUT = "rural_credit_2010"


def due(office: Office, year: int) -> set[str]:
    """Who is asked for a year: whoever pays for themselves, has not paid it and is not on another file for it."""
    return {
        one.id
        for one in office.payers()
        if year not in office.books.years_paid(one.id) and not office.is_deducted(one.id, year)
    }


def ask_bank(office: Office) -> bool:
    """One person computes a batch, another approves it; its lines are who is due, at their tiers."""
    if any(one.state in {"approved", "sent"} and one.year == office.today.year for one in office.batches):
        return False
    year = office.today.year
    expected = due(office, year)
    if not expected:
        return False
    body = {"division": f"{COUNTY}000000", "contribution_year": year, "layout": LAYOUT}
    made = office.make("county_clerk", "/collection-batches", body)
    shown = office.get("county_clerk", f"/collection-batches/{made['id']}/lines", limit=100)["items"]
    lines = {row["seq"]: row["resident_id"] for row in shown}
    assert set(lines.values()) == expected, office.story(f"{sorted(expected)} {shown}")
    assert all(row["amount"] == yuan(office.people[row["resident_id"]].tier_fen) for row in shown), office.story()
    path, said = f"/collection-batches/{made['id']}/approvals", {"content_hash": made["content_hash"]}
    own = office.post("county_clerk", path, said, version=made["version"])
    assert own.status_code in {403, 409}, office.story(own.text)
    office.make("reviewer", path, said, version=made["version"])
    office.batches.append(Batch(made["id"], year, lines, set(lines)))
    return office.did("ask_bank", f"{len(lines)} lines of {year}")


def send(office: Office) -> bool:
    """Finance releases the files; when somebody has paid meanwhile, or the year is over, the batch is discarded."""
    for batch in office.batches:
        if batch.state == "approved":
            break
    else:
        return False
    answer = office.post("finance", f"/collection-batches/{batch.id}/export")
    paid = [person for person in batch.lines.values() if batch.year in office.books.years_paid(person)]
    if paid or office.today.year != batch.year:
        office.refused("send", answer, "collection-content-changed", "collection-year-over")
        version = office.get("county_clerk", f"/collection-batches/{batch.id}")["version"]
        office.make("county_clerk", f"/collection-batches/{batch.id}/discards", {"reason": "重算"}, version=version)
        batch.state = "discarded"
        return True
    assert answer.status_code == 201, office.story(answer.text)
    batch.state = "sent"
    return office.did("send", f"{len(batch.lines)} lines of {batch.year}")


def answer(office: Office) -> bool:
    """The bank answers some or all of the lines: right, refused, with another amount, twice, or not at all."""
    waiting = [one for one in office.batches if one.state == "sent" and one.open]
    if not waiting:
        return False
    random = office.random
    batch = random.choice(waiting)
    layout = load_layout(LAYOUT)
    [file] = office.get("finance", f"/collection-batches/{batch.id}/export")["items"]
    sent = office.clients["finance"].get(f"{BASE}/collection-batches/{batch.id}/export/{file['id']}")
    assert sent.status_code == 200, office.story(sent.text)
    outgoing, incoming = layout.outgoing[FilePurpose.DEDUCT], layout.incoming[FilePurpose.DEDUCT]
    good: list[str] = []
    bad: list[str] = []
    deducted: list[int] = []
    failed: list[int] = []
    findings = 0
    is_late = office.today.year != batch.year
    rows = [row for row in sent.content.decode(layout.encoding).split(layout.line_end) if row]
    assert len(rows) == len(batch.lines), office.story()
    for row in rows:
        cells = dict(zip(outgoing.fields, row.split(layout.separator), strict=True))
        seq = next(seq for seq, person in batch.lines.items() if int(person) == int(cells["social_number"]))
        assert int(cells["document_number"][-7:]) == seq, office.story(row)
        if seq not in batch.open:
            continue
        fate = random.choices(("right", "refused", "amount", "twice", "missing"), weights=(8, 2, 1, 1, 1))[0]
        if fate == "missing":
            continue
        if fate == "amount":
            cells["amount"] = yuan(office.people[batch.lines[seq]].tier_fen - 1)
        line = layout.separator.join(cells[name] for name in incoming.fields)
        if fate == "refused":
            bad.append(f"{line}|余额不足|E001")
            failed.append(seq)
            continue
        good += [f"{line}|{layout.success_code}"] * (2 if fate == "twice" else 1)
        findings += (fate == "twice") + (fate == "amount")
        if fate != "amount" and not is_late:
            deducted.append(seq)
        elif fate != "amount":
            findings += 1
    number = file["name"][len(outgoing.prefix) : -len(outgoing.suffix)]
    files = [
        (f"{incoming.prefix}{number}{suffix}", "".join(one + layout.line_end for one in lines).encode(layout.encoding))
        for lines, suffix in ((good, incoming.success_suffix), (bad, incoming.failure_suffix))
        if lines
    ]
    # The same bytes as before say nothing new, and are taken for what they are.
    if not files or any(file in batch.answers for file in files):
        return False
    random.shuffle(files)
    told = load(office, batch, files)
    counts = [sum(one[name] for one in told["items"]) for name in ("posted_count", "failed_count", "finding_count")]
    assert counts == [len(deducted), len(failed), findings], office.story(f"{counts} {deducted} {failed} {findings}")
    assert not told["repeated"], office.story()
    book(office, batch, deducted)
    batch.open -= {*deducted, *failed}
    batch.answers += files
    state = told["batch"]["state"]
    assert (state == "closed") is not batch.open, (
        office.story(f"{state} {batch.open}") if batch.open else office.story(state)
    )
    if load(office, batch, files)["repeated"] is not True:
        raise AssertionError(office.story("the same files twice"))
    office.done["deducted"] += len(deducted)
    office.done["not deducted"] += len(failed)
    office.done["set aside"] += findings
    return office.did(
        "answer", f"{len(deducted)} deducted, {len(failed)} not, {findings} set aside, {len(batch.open)} open"
    )


def load(office: Office, batch: Batch, files: list[tuple[str, bytes]]) -> dict:
    """Upload files of the bank, all at once."""
    return office.make(
        "finance", f"/collection-batches/{batch.id}/returns",
        data={"deducted_on": office.today.isoformat()},
        files=[("files", (name, content, "text/plain")) for name, content in files],
    )  # fmt: skip


def book(office: Office, batch: Batch, deducted: list[int]) -> None:
    """The right successes are contributions of the day on which the bank deducted them."""
    shown = office.get("county_clerk", f"/collection-batches/{batch.id}/lines", limit=100)["items"]
    ids = {row["seq"]: row["contribution_id"] for row in shown}
    for seq in deducted:
        one: Person = office.people[batch.lines[seq]]
        office.books.take(
            Paid(
                ids[seq], one.id, batch.year, office.today, "annual", "finance", personal_fen=one.tier_fen,
                subsidy_fen=SUBSIDY_FEN,
            )
        )  # fmt: skip
