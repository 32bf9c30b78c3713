"""Random programs of money: each step goes through the API as the person whose work it is, and into the model.

A step is either meant to be accepted, and then the model takes it too, or meant to be refused with a code that the model
foretells, and then nothing moves. What has been done least is drawn most, so that every kind of step has its turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.money import bank, government, months, payers, payments

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.money.office import Office

STEPS: dict[Callable[[Office], bool], int] = {
    payments.record: 9,
    payments.backdate: 3,
    payments.make_up: 2,
    payments.lump_sum: 2,
    payments.reverse: 5,
    payments.remit: 4,
    payments.confirm: 4,
    bank.ask_bank: 3,
    bank.send: 4,
    bank.answer: 5,
    payers.hand_in: 2,
    payers.find_money: 3,
    payers.post_list: 3,
    government.pay_for: 2,
    government.claim: 4,
    government.arrive: 4,
    government.post: 4,
    months.close_interest: 3,
    months.sweep: 2,
    months.close_month: 3,
    months.reopen_month: 1,
}
"""What may happen, and how often in relation to the rest."""
OUTCOMES = ("deducted", "not deducted", "set aside", "reverse in a closed year", "taken back from government")
"""What has to come out of the steps of a whole program, beside each step's being accepted."""
LAST_YEAR = 2012
MOST = 250
"""Steps of a program, whatever they are."""


def tried(office: Office, name: str) -> float:
    """How often a kind of step had its turn, one more; a refusal counts half."""
    return 1 + office.done[name] + office.done[f"{name} refused"] / 2


def never(office: Office) -> list[str]:
    """Kinds of steps that were not accepted so far, of those that the county's law has, and outcomes that did not come."""
    names = [step.__name__ for step in STEPS if step is not government.post or office.books.on_claim]
    return [name for name in (*names, *OUTCOMES) if not office.done[name]]


def run_program(office: Office, length: int, check: Callable[[Office], None], *, is_whole: bool) -> None:
    """Let so many things happen, one after another, and hold the books against the model after each.

    A whole program goes on until every kind of step was accepted once.
    """
    kinds = list(STEPS)
    for place in range(MOST):
        if office.random.random() < (0.5 if place < length else 0.1):
            office.pass_time()
        if office.today.year > LAST_YEAR or (place >= length and not (is_whole and never(office))):
            break
        # What cannot happen now (nothing to confirm, say) leaves its turn to something else.
        while True:
            step = office.random.choices(kinds, [STEPS[one] / tried(office, one.__name__) for one in kinds])[0]
            if step(office):
                break
        check(office)
