"""Tables. Importing this package registers all of them on `SQLModel.metadata`."""

from api.models.account_openings import AccountOpening, AccountOpeningLine, AccountOpeningReturn
from api.models.accounts import Account
from api.models.attachments import Attachment, AttachmentContent, AttachmentSubjectLink
from api.models.backdated_contributions import BackdatedContribution
from api.models.bank_statements import BankItemNote, BankMatch, BankMatchItem, BankStatement, BankStatementLine
from api.models.benefits import Award, Benefit
from api.models.cancellations import Cancellation, CancellationDecision
from api.models.cases import Delegation
from api.models.change_requests import ChangeRequest, ChangeRequestDecision
from api.models.collection_batches import (
    CollectionBatch,
    CollectionException,
    CollectionFile,
    CollectionFinding,
    CollectionLine,
    CollectionMoneyProof,
    CollectionOutcome,
    CollectionReturn,
)
from api.models.contributions import Contribution, Receipt, Remittance
from api.models.department_lists import DepartmentList, DepartmentListRow
from api.models.divisions import Division
from api.models.duplicates import DuplicateDecision, DuplicatePair
from api.models.enrolments import Enrolment, EnrolmentDecision, EnrolmentTerms
from api.models.funds import FundPack, FundPeriod, FundTransfer
from api.models.identities import IdentityChange, ResidentDocument, RetiredNumber
from api.models.imports import ImportBatch, ImportFinding, ImportPart
from api.models.jobs import Job
from api.models.land_projects import LandObjection, LandPerson, LandProject, LandProjectStep
from api.models.ledger import AccountLine, FundLine, Journal
from api.models.ledger_seals import LedgerSeal, YearProof, YearProofLeaf, YearProofVillage
from api.models.payer_lists import GovernmentPaidLine, PayerList, PayerListLine
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
from api.models.policy_parameters import PolicyParameterChange
from api.models.receipt_blocks import CashMovement, ReceiptBlock, ReceiptVoid
from api.models.reports import ParticipationSnapshot, Target
from api.models.resident_facts import ResidentFact
from api.models.resident_spells import ResidentSpell
from api.models.residents import Household, Resident, ResidentVersion
from api.models.runs import Run, RunTown
from api.models.settlements import Recovery, Settlement
from api.models.subsidy_claims import (
    SubsidyClaim,
    SubsidyClaimLine,
    SubsidyPosting,
    SubsidyReceipt,
    SubsidyReceiptShare,
)
from api.models.users import AccessToken, Client, User, UserSession

__all__ = [
    "AccessToken",
    "Account",
    "AccountLine",
    "AccountOpening",
    "AccountOpeningLine",
    "AccountOpeningReturn",
    "Attachment",
    "AttachmentContent",
    "AttachmentSubjectLink",
    "AuditEvent",
    "Award",
    "BackdatedContribution",
    "BankFile",
    "BankItemNote",
    "BankMatch",
    "BankMatchItem",
    "BankReturn",
    "BankStatement",
    "BankStatementLine",
    "Benefit",
    "Cancellation",
    "CancellationDecision",
    "CashMovement",
    "ChangeRequest",
    "ChangeRequestDecision",
    "Client",
    "CollectionBatch",
    "CollectionException",
    "CollectionFile",
    "CollectionFinding",
    "CollectionLine",
    "CollectionMoneyProof",
    "CollectionOutcome",
    "CollectionReturn",
    "Contribution",
    "Delegation",
    "DepartmentList",
    "DepartmentListRow",
    "Division",
    "DuplicateDecision",
    "DuplicatePair",
    "Enrolment",
    "EnrolmentDecision",
    "EnrolmentTerms",
    "FundLine",
    "FundPack",
    "FundPeriod",
    "FundTransfer",
    "GovernmentPaidLine",
    "Household",
    "IdempotencyKey",
    "IdentityChange",
    "ImportBatch",
    "ImportFinding",
    "ImportPart",
    "Installation",
    "Job",
    "Journal",
    "LandObjection",
    "LandPerson",
    "LandProject",
    "LandProjectStep",
    "LedgerSeal",
    "ParticipationSnapshot",
    "PayerList",
    "PayerListLine",
    "PaymentDue",
    "PaymentException",
    "PaymentLine",
    "PaymentRefusal",
    "PaymentRun",
    "PolicyParameterChange",
    "Receipt",
    "ReceiptBlock",
    "ReceiptVoid",
    "Recovery",
    "Remittance",
    "Resident",
    "ResidentDocument",
    "ResidentFact",
    "ResidentSpell",
    "ResidentVersion",
    "RetiredNumber",
    "Run",
    "RunTown",
    "Settlement",
    "SubsidyClaim",
    "SubsidyClaimLine",
    "SubsidyPosting",
    "SubsidyReceipt",
    "SubsidyReceiptShare",
    "Target",
    "User",
    "UserSession",
    "YearProof",
    "YearProofLeaf",
    "YearProofVillage",
]
