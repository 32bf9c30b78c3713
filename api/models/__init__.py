"""Tables. Importing this package registers all of them on `SQLModel.metadata`."""

from api.models.accounts import Account
from api.models.benefits import Award, Benefit
from api.models.contributions import Contribution, Receipt, Remittance
from api.models.divisions import Division
from api.models.enrolments import Enrolment, EnrolmentDecision
from api.models.imports import ImportBatch, ImportFinding, ImportPart
from api.models.jobs import Job
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
from api.models.platform import AuditEvent, IdempotencyKey, Installation
from api.models.reports import ParticipationSnapshot, Target
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
    "Division",
    "Enrolment",
    "EnrolmentDecision",
    "FundLine",
    "Household",
    "IdempotencyKey",
    "ImportBatch",
    "ImportFinding",
    "ImportPart",
    "Installation",
    "Job",
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
    "ResidentVersion",
    "Run",
    "RunTown",
    "Target",
    "User",
    "UserSession",
]
