"""Tables. Importing this package registers all of them on `SQLModel.metadata`."""

from api.models.accounts import Account
from api.models.benefits import Award, Benefit
from api.models.contributions import Contribution, Receipt, Remittance
from api.models.department_lists import DepartmentList, DepartmentListRow
from api.models.divisions import Division
from api.models.enrolments import Enrolment, EnrolmentDecision
from api.models.ledger import AccountLine, FundLine, Journal
from api.models.payment_runs import (
    BankFile,
    BankReturn,
    PaymentDue,
    PaymentException,
    PaymentLine,
    PaymentRefusal,
    PaymentRun,
)
from api.models.platform import AuditEvent, IdempotencyKey, ImportBatch, Installation
from api.models.reports import ParticipationSnapshot, Target
from api.models.resident_facts import ResidentFact
from api.models.resident_spells import ResidentSpell
from api.models.residents import Household, Resident, ResidentVersion
from api.models.runs import Run, RunTown
from api.models.users import AccessToken, Client, User, UserSession

__all__ = [
    "AccessToken",
    "Account",
    "AccountLine",
    "AuditEvent",
    "Award",
    "BankFile",
    "BankReturn",
    "Benefit",
    "Client",
    "Contribution",
    "DepartmentList",
    "DepartmentListRow",
    "Division",
    "Enrolment",
    "EnrolmentDecision",
    "FundLine",
    "Household",
    "IdempotencyKey",
    "ImportBatch",
    "Installation",
    "Journal",
    "ParticipationSnapshot",
    "PaymentDue",
    "PaymentException",
    "PaymentLine",
    "PaymentRefusal",
    "PaymentRun",
    "Receipt",
    "Remittance",
    "Resident",
    "ResidentFact",
    "ResidentSpell",
    "ResidentVersion",
    "Run",
    "RunTown",
    "Target",
    "User",
    "UserSession",
]
