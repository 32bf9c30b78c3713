"""A synthetic roster on the real divisions of 三埠街道: families of three generations, categories, and a few faults.

The same number and seed give the same people, byte for byte. The roster is a CSV as a village office would send it,
and goes in by the same import as any other.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from random import Random
from typing import TYPE_CHECKING

from api.demo.names import given_name, surname
from api.policy.id_numbers import check_character

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = (
    *("姓名", "身份证号", "性别", "民族", "户籍地址", "村代码", "村民小组", "户号", "与户主关系", "户口性质"),
    *("联系电话", "银行账号", "在校学生", "参加职保", "残疾等级", "低保", "五保", "被征地", "备注"),
)
LAUNCH = date(2010, 10, 1)
AREAS = ("440783", "440783", "440783", "440783", "440724", "440721")
GRADES = ("一级", "二级", "三级", "四级")


@dataclass(frozen=True, slots=True)
class Village:
    """A unit of the division list, with its share of the people and how rural it is."""

    code: int
    name: str
    weight: int
    rural_share: float


def villages() -> list[Village]:
    """Return the villages of 三埠街道; communities are smaller in the roster and mostly not rural."""
    content = resources.files("api.demo").joinpath("divisions.csv").read_text("utf-8")
    found = []
    for row in csv.DictReader(content.splitlines()):
        if row["level"] == "village":
            rural = row["kind"] != "community"
            found.append(Village(int(row["code"]), row["name"], 8 if rural else 3, 0.97 if rural else 0.55))
    return found


@dataclass(slots=True)
class Person:
    """One row before it becomes text."""

    name: str
    male: bool
    born: date
    relation: str


class Population:
    """Draws families until there are enough people."""

    def __init__(self, *, residents: int, seed: int) -> None:
        """`residents` rows, exactly; `seed` decides every one of them."""
        self.residents = residents
        self._random = Random(seed)
        self._villages = villages()
        self._sequence: dict[tuple[str, date], int] = {}
        self._house = 1000

    def rows(self) -> Iterator[list[str]]:
        """Yield the rows of the roster in house order."""
        weights = [village.weight for village in self._villages]
        left = self.residents
        while left > 0:
            village = self._random.choices(self._villages, weights)[0]
            family = self._family()[:left]
            self._house += 1
            group = self._random.randint(1, 12)
            rural = self._random.random() < village.rural_share
            for person in family:
                yield self._row(person, village, group, rural=rural)
            left -= len(family)

    def _born(self, low_age: int, high_age: int) -> date:
        days = self._random.randint(low_age * 365 + low_age // 4, high_age * 365 + high_age // 4)
        return LAUNCH - timedelta(days=days)

    def _person(self, family_name: str, *, male: bool, born: date, relation: str) -> Person:
        name = family_name + given_name(self._random, male=male, birth_year=born.year)
        return Person(name, male, born, relation)

    def _family(self) -> list[Person]:
        """A head, mostly a spouse, children, and often the head's old parents under the same roof."""
        random, family_name = self._random, surname(self._random)
        head_male = random.random() < 0.8
        head_born = self._born(26, 78)
        people = [self._person(family_name, male=head_male, born=head_born, relation="户主")]
        head_age = LAUNCH.year - head_born.year
        if random.random() < 0.82:
            spouse_born = head_born + timedelta(days=random.randint(-1500, 2500))
            people.append(
                self._person(surname(random), male=not head_male, born=min(spouse_born, LAUNCH), relation="配偶")
            )
        for _ in range(random.choices((0, 1, 2, 3), (15, 35, 38, 12))[0]):
            born = head_born + timedelta(days=random.randint(20 * 366, 34 * 366))
            if born < LAUNCH - timedelta(days=30):
                male = random.random() < 0.52
                people.append(self._person(family_name, male=male, born=born, relation="子" if male else "女"))
        for male, relation in ((True, "父亲"), (False, "母亲")):
            if head_age < 62 and random.random() < 0.33:
                born = head_born - timedelta(days=random.randint(21 * 366, 33 * 366))
                if born > date(1911, 1, 1):
                    name = family_name if male else surname(random)
                    people.append(self._person(name, male=male, born=born, relation=relation))
        return people

    def _id_number(self, person: Person) -> str:
        """A valid number that nobody else in this population has."""
        area = self._random.choice(AREAS)
        parity = 1 if person.male else 0
        while True:
            taken = self._sequence.get((area, person.born), 0)
            self._sequence[area, person.born] = taken + 1
            if taken < 499:
                sequence = ((taken * 37 + 11) % 499) * 2 + parity
                number = f"{area}{person.born:%Y%m%d}{sequence:03d}"
                return number + check_character(number)
            # A birthday that is used up: the number stays valid with the day after.
            person.born += timedelta(days=1)

    def _row(self, person: Person, village: Village, group: int, *, rural: bool) -> list[str]:
        random = self._random
        number = self._id_number(person)
        age = (LAUNCH - person.born).days / 365.25
        chance = random.random
        student = 16 <= age < 22 and chance() < 0.55
        insured = 20 <= age < 60 and chance() < (0.10 if rural else 0.45)
        phone = f"1{random.choice('358')}{random.randint(0, 999_999_999):09d}" if age > 15 and chance() < 0.8 else ""
        account = self._bank_account() if age >= 16 and chance() < (0.97 if age >= 59 else 0.85) else ""
        grade = random.choice(GRADES) if chance() < 0.02 else ""
        place = village.name.removesuffix("居委会").removesuffix("委会")
        row = [
            person.name,
            number,
            "男" if person.male else "女",
            "汉族",
            f"开平市三埠街道{place}{group}队{self._house}号",
            str(village.code),
            str(group),
            str(self._house),
            person.relation,
            "农业" if rural else "非农业",
            phone,
            account,
            "是" if student else "",
            "是" if insured else "",
            grade,
            "是" if chance() < 0.03 else "",
            "是" if age > 60 and chance() < 0.01 else "",
            "是" if rural and chance() < 0.03 else "",
            "",
        ]
        return self._spoiled(row) if chance() < 0.003 else row

    def _bank_account(self) -> str:
        """A card number of 19 digits with the right check digit (Luhn)."""
        body = "62" + "".join(self._random.choice("0123456789") for _ in range(16))
        total = 0
        for place, digit in enumerate(reversed(body)):
            value = int(digit) * (2 if place % 2 == 0 else 1)
            total += value - 9 if value > 9 else value
        return body + str(-total % 10)

    def _spoiled(self, row: list[str]) -> list[str]:
        """A fault as offices make them: a mistyped digit, a missing name, a village that is not ours."""
        kind = self._random.randrange(4)
        if kind == 0:
            last = row[1][-1]
            row[1] = row[1][:-1] + ("0" if last != "0" else "1")
        elif kind == 1:
            row[0] = ""
        elif kind == 2:
            row[5] = "440783001999"
        else:
            row[1] = row[1][:16]
        return row


def write_roster(path: Path, *, residents: int, seed: int) -> None:
    """Write the synthetic roster as a GB18030 CSV."""
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(Population(residents=residents, seed=seed).rows())
