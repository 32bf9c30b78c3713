"""Who may do what: permissions and the roles that hold them. Data only; the routes name a permission each."""

from __future__ import annotations

from enum import StrEnum

from api.vocabulary import EnrolmentStep, RoleName


class Permission(StrEnum):
    """One right. `PUBLIC` marks the few routes that need no sign-in; `SIGNED_IN` those that any session may use."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    DIVISION_READ = "divisions:read"
    RESIDENT_READ = "residents:read"
    RESIDENT_WRITE = "residents:write"
    RESIDENT_REVEAL = "residents:reveal"
    DUPLICATE_READ = "duplicates:read"
    DUPLICATE_PROPOSE = "duplicates:propose"
    DUPLICATE_DECIDE = "duplicates:decide"
    FACT_EXPLAIN = "facts:explain"
    """Say why somebody has not joined; changes nobody's place in E."""
    FACT_WRITE = "facts:write"
    """Record categories and exclusions, which change E or who pays."""
    ENROLMENT_READ = "enrolments:read"
    ENROLMENT_CREATE = "enrolments:create"
    ENROLMENT_CHECK = "enrolments:check"
    ENROLMENT_REVIEW = "enrolments:review"
    ENROLMENT_APPROVE = "enrolments:approve"
    CHANGE_READ = "changes:read"
    CHANGE_CREATE = "changes:create"
    CHANGE_CHECK = "changes:check"
    CHANGE_REVIEW = "changes:review"
    CHANGE_APPROVE = "changes:approve"
    CASE_READ = "cases:read"
    CASE_DELEGATE = "cases:delegate"
    CASE_ARRANGE = "cases:arrange"
    CONTRIBUTION_READ = "contributions:read"
    CONTRIBUTION_RECORD = "contributions:record"
    CONTRIBUTION_REVERSE = "contributions:reverse"
    PAYER_LIST_SUBMIT = "payer-lists:submit"
    PAYER_LIST_CONFIRM = "payer-lists:confirm"
    PAYER_LIST_APPROVE = "payer-lists:approve"
    GOVERNMENT_PAID_RUN = "government-paid:run"
    GOVERNMENT_PAID_APPROVE = "government-paid:approve"
    CONTRIBUTION_BACKDATE = "contributions:backdate"
    CONTRIBUTION_BACKDATE_DECIDE = "contributions:backdate-decide"
    REMITTANCE_RECORD = "remittances:record"
    REMITTANCE_CONFIRM = "remittances:confirm"
    RECEIPT_MANAGE = "receipts:manage"
    """Give out and take back blocks of receipt numbers, and decide what is void."""
    RECEIPT_SAMPLE = "receipts:sample"
    """See which receipts are drawn for a call back."""
    ACCOUNT_READ = "accounts:read"
    INTEREST_RUN = "interest:run"
    INTEREST_APPROVE = "interest:approve"
    BENEFIT_READ = "benefits:read"
    BENEFIT_PROPOSE = "benefits:propose"
    BENEFIT_DECIDE = "benefits:decide"
    PAYMENT_READ = "payments:read"
    PAYMENT_COMPUTE = "payments:compute"
    PAYMENT_APPROVE = "payments:approve"
    PAYMENT_FILE = "payments:file"
    COLLECTION_READ = "collection:read"
    COLLECTION_COMPUTE = "collection:compute"
    COLLECTION_APPROVE = "collection:approve"
    COLLECTION_FILE = "collection:file"
    CANCELLATION_READ = "cancellations:read"
    CANCELLATION_CREATE = "cancellations:create"
    CANCELLATION_CHECK = "cancellations:check"
    CANCELLATION_REVIEW = "cancellations:review"
    CANCELLATION_APPROVE = "cancellations:approve"
    SETTLEMENT_READ = "settlements:read"
    SETTLEMENT_COMPUTE = "settlements:compute"
    SETTLEMENT_APPROVE = "settlements:approve"
    SETTLEMENT_DISCARD = "settlements:discard"
    SETTLEMENT_PAY = "settlements:pay"
    SUBSIDY_READ = "subsidies:read"
    SUBSIDY_COMPUTE = "subsidies:compute"
    SUBSIDY_APPROVE = "subsidies:approve"
    """To approve a claim on government, and to post what has arrived for it."""
    SUBSIDY_RECEIVE = "subsidies:receive"
    SUBSIDY_CONFIRM = "subsidies:confirm"
    FUND_READ = "fund:read"
    FUND_PROPOSE = "fund:propose"
    FUND_APPROVE = "fund:approve"
    FUND_CLOSE = "fund:close"
    REPORT_READ = "reports:read"
    REPORT_FREEZE = "reports:freeze"
    IMPORT_RUN = "imports:run"
    """To bring rosters in. Lists ask for `IMPORT_SUBMIT` and for the right to do the same for one person."""
    IMPORT_SUBMIT = "imports:submit"
    IMPORT_READ = "imports:read"
    IMPORT_APPROVE = "imports:approve"
    JOB_READ = "jobs:read"
    LIST_READ = "lists:read"
    LIST_SUBMIT = "lists:submit"
    LIST_APPROVE = "lists:approve"
    PARAMETER_READ = "parameters:read"
    PARAMETER_PROPOSE = "parameters:propose"
    PARAMETER_IMPACT = "parameters:impact"
    PARAMETER_DECIDE = "parameters:decide"
    PARAMETER_ABOVE = "parameters:above"
    """To propose or decide for the layers above the county, and for no other; without it for the county and below."""
    ATTACHMENT_READ = "attachments:read"
    ATTACHMENT_WRITE = "attachments:write"
    LAND_READ = "land:read"
    LAND_LIST = "land:list"
    LAND_CHECK = "land:check"
    LAND_APPROVE = "land:approve"
    AUDIT_READ = "audit:read"
    USER_MANAGE = "users:manage"
    CLIENT_MANAGE = "clients:manage"


_READ = frozenset(
    {
        Permission.SIGNED_IN,
        Permission.DIVISION_READ,
        Permission.RESIDENT_READ,
        Permission.ENROLMENT_READ,
        Permission.CHANGE_READ,
        Permission.CASE_READ,
        Permission.CONTRIBUTION_READ,
        Permission.ACCOUNT_READ,
        Permission.BENEFIT_READ,
        Permission.CANCELLATION_READ,
        Permission.SETTLEMENT_READ,
        Permission.REPORT_READ,
        Permission.PARAMETER_READ,
        Permission.LAND_READ,
        Permission.JOB_READ,
    }
)
_PAPERS = frozenset({Permission.ATTACHMENT_READ, Permission.ATTACHMENT_WRITE})

_SUBMIT = frozenset({Permission.IMPORT_SUBMIT, Permission.IMPORT_READ, Permission.IMPORT_APPROVE})
"""To send files in and to see what became of them; small ones are approved by whoever sent them."""

ROLE_PERMISSIONS: dict[RoleName, frozenset[Permission]] = {
    RoleName.VILLAGE_ASSISTANT: _READ
    | _PAPERS
    | _SUBMIT
    | {
        Permission.DUPLICATE_READ,
        Permission.LAND_LIST,
        Permission.FACT_EXPLAIN,
        Permission.ENROLMENT_CREATE,
        Permission.ENROLMENT_CHECK,
        Permission.CANCELLATION_CREATE,
        Permission.CANCELLATION_CHECK,
        Permission.CHANGE_CREATE,
        Permission.CHANGE_CHECK,
        Permission.CASE_DELEGATE,
        Permission.CONTRIBUTION_RECORD,
        Permission.PAYER_LIST_SUBMIT,
        Permission.CONTRIBUTION_BACKDATE,
        Permission.REMITTANCE_RECORD,
    },
    RoleName.TOWN_CLERK: _READ
    | _PAPERS
    | _SUBMIT
    | {
        Permission.DUPLICATE_READ,
        Permission.DUPLICATE_PROPOSE,
        Permission.LAND_LIST,
        Permission.RESIDENT_WRITE,
        Permission.FACT_EXPLAIN,
        Permission.FACT_WRITE,
        Permission.ENROLMENT_CREATE,
        Permission.ENROLMENT_CHECK,
        Permission.CANCELLATION_CREATE,
        Permission.CANCELLATION_CHECK,
        Permission.CHANGE_CREATE,
        Permission.CHANGE_CHECK,
        Permission.CASE_DELEGATE,
        Permission.CONTRIBUTION_RECORD,
        Permission.PAYER_LIST_SUBMIT,
        Permission.CONTRIBUTION_BACKDATE,
        Permission.REMITTANCE_RECORD,
        Permission.RECEIPT_MANAGE,
        Permission.RECEIPT_SAMPLE,
        Permission.IMPORT_RUN,
        Permission.LIST_READ,
        Permission.LIST_SUBMIT,
    },
    RoleName.TOWN_REVIEWER: _READ
    | {
        Permission.ENROLMENT_REVIEW,
        Permission.CHANGE_REVIEW,
        Permission.CANCELLATION_REVIEW,
        Permission.CASE_DELEGATE,
        Permission.DUPLICATE_READ,
        Permission.DUPLICATE_DECIDE,
        Permission.ATTACHMENT_READ,
        Permission.LAND_CHECK,
        Permission.IMPORT_READ,
        Permission.IMPORT_APPROVE,
        Permission.LIST_READ,
        Permission.LIST_APPROVE,
        Permission.REPORT_FREEZE,
        Permission.RECEIPT_MANAGE,
        Permission.RECEIPT_SAMPLE,
    },
    RoleName.COUNTY_CLERK: _READ
    | _PAPERS
    | _SUBMIT
    | {
        Permission.DUPLICATE_READ,
        Permission.DUPLICATE_PROPOSE,
        Permission.RESIDENT_WRITE,
        Permission.FACT_EXPLAIN,
        Permission.FACT_WRITE,
        Permission.RESIDENT_REVEAL,
        Permission.IMPORT_RUN,
        Permission.CANCELLATION_CREATE,
        Permission.LIST_READ,
        Permission.LIST_SUBMIT,
        Permission.CONTRIBUTION_REVERSE,
        Permission.RECEIPT_MANAGE,
        Permission.RECEIPT_SAMPLE,
        Permission.GOVERNMENT_PAID_RUN,
        Permission.INTEREST_RUN,
        Permission.BENEFIT_PROPOSE,
        Permission.PAYMENT_READ,
        Permission.PAYMENT_COMPUTE,
        Permission.COLLECTION_READ,
        Permission.COLLECTION_COMPUTE,
        Permission.SETTLEMENT_COMPUTE,
        Permission.SETTLEMENT_DISCARD,
        Permission.SUBSIDY_READ,
        Permission.SUBSIDY_COMPUTE,
        Permission.FUND_READ,
        Permission.REPORT_FREEZE,
        Permission.PARAMETER_PROPOSE,
        Permission.PARAMETER_IMPACT,
    },
    RoleName.COUNTY_REVIEWER: _READ
    | {
        Permission.DUPLICATE_READ,
        Permission.DUPLICATE_DECIDE,
        Permission.ATTACHMENT_READ,
        Permission.LAND_APPROVE,
        Permission.RESIDENT_REVEAL,
        Permission.IMPORT_READ,
        Permission.IMPORT_APPROVE,
        Permission.ENROLMENT_APPROVE,
        Permission.CHANGE_APPROVE,
        Permission.CASE_DELEGATE,
        Permission.CASE_ARRANGE,
        Permission.CONTRIBUTION_REVERSE,
        Permission.PAYER_LIST_APPROVE,
        Permission.GOVERNMENT_PAID_APPROVE,
        Permission.CONTRIBUTION_BACKDATE_DECIDE,
        Permission.RECEIPT_SAMPLE,
        Permission.INTEREST_APPROVE,
        Permission.BENEFIT_DECIDE,
        Permission.PAYMENT_READ,
        Permission.PAYMENT_APPROVE,
        Permission.COLLECTION_READ,
        Permission.COLLECTION_APPROVE,
        Permission.CANCELLATION_APPROVE,
        Permission.SETTLEMENT_APPROVE,
        Permission.SETTLEMENT_DISCARD,
        Permission.SUBSIDY_READ,
        Permission.SUBSIDY_APPROVE,
        Permission.SUBSIDY_CONFIRM,
        Permission.FUND_READ,
        Permission.LIST_READ,
        Permission.LIST_APPROVE,
        Permission.PARAMETER_DECIDE,
        Permission.PARAMETER_IMPACT,
    },
    RoleName.FINANCE: _READ
    | {
        Permission.REMITTANCE_CONFIRM,
        Permission.RECEIPT_SAMPLE,
        Permission.PAYER_LIST_CONFIRM,
        Permission.PAYMENT_READ,
        Permission.PAYMENT_FILE,
        Permission.COLLECTION_READ,
        Permission.COLLECTION_FILE,
        Permission.SETTLEMENT_PAY,
        Permission.SUBSIDY_READ,
        Permission.SUBSIDY_RECEIVE,
        Permission.SUBSIDY_CONFIRM,
        # Both hands are finance's; that they are two persons is asked of each step.
        Permission.FUND_READ,
        Permission.FUND_PROPOSE,
        Permission.FUND_APPROVE,
        Permission.FUND_CLOSE,
    },
    RoleName.AUDITOR: _READ
    | {
        Permission.SUBSIDY_READ,
        Permission.FUND_READ,
        Permission.DUPLICATE_READ,
        Permission.PAYMENT_READ,
        Permission.COLLECTION_READ,
        Permission.AUDIT_READ,
        Permission.RECEIPT_SAMPLE,
        Permission.ATTACHMENT_READ,
        Permission.IMPORT_READ,
        Permission.LIST_READ,
        Permission.PARAMETER_DECIDE,
        Permission.PARAMETER_ABOVE,
        Permission.PARAMETER_IMPACT,
    },
    RoleName.ADMINISTRATOR: frozenset(
        {
            Permission.SIGNED_IN,
            Permission.DIVISION_READ,
            Permission.REPORT_READ,
            Permission.PARAMETER_READ,
            Permission.PARAMETER_PROPOSE,
            Permission.PARAMETER_DECIDE,
            Permission.PARAMETER_ABOVE,
            Permission.PARAMETER_IMPACT,
            Permission.USER_MANAGE,
            Permission.CLIENT_MANAGE,
        }
    ),
}

FOR_PERSONS_ONLY: frozenset[Permission] = frozenset(
    {
        Permission.SIGNED_IN,
        Permission.RESIDENT_REVEAL,
        Permission.DUPLICATE_DECIDE,
        Permission.ENROLMENT_CHECK,
        Permission.ENROLMENT_REVIEW,
        Permission.ENROLMENT_APPROVE,
        Permission.CHANGE_CHECK,
        Permission.CHANGE_REVIEW,
        Permission.CHANGE_APPROVE,
        Permission.CASE_DELEGATE,
        Permission.CASE_ARRANGE,
        Permission.CONTRIBUTION_REVERSE,
        Permission.CONTRIBUTION_BACKDATE,
        Permission.CONTRIBUTION_BACKDATE_DECIDE,
        Permission.REMITTANCE_CONFIRM,
        Permission.RECEIPT_MANAGE,
        Permission.RECEIPT_SAMPLE,
        Permission.PAYER_LIST_CONFIRM,
        Permission.PAYER_LIST_APPROVE,
        Permission.GOVERNMENT_PAID_APPROVE,
        Permission.INTEREST_APPROVE,
        Permission.BENEFIT_DECIDE,
        Permission.PAYMENT_APPROVE,
        Permission.COLLECTION_APPROVE,
        Permission.CANCELLATION_CHECK,
        Permission.CANCELLATION_REVIEW,
        Permission.CANCELLATION_APPROVE,
        Permission.SETTLEMENT_APPROVE,
        Permission.SETTLEMENT_DISCARD,
        Permission.SETTLEMENT_PAY,
        Permission.SUBSIDY_APPROVE,
        Permission.SUBSIDY_CONFIRM,
        Permission.FUND_PROPOSE,
        Permission.FUND_APPROVE,
        Permission.FUND_CLOSE,
        Permission.ATTACHMENT_READ,
        Permission.LAND_CHECK,
        Permission.LAND_APPROVE,
        Permission.LIST_APPROVE,
        Permission.PARAMETER_PROPOSE,
        Permission.PARAMETER_DECIDE,
        Permission.PARAMETER_ABOVE,
        Permission.USER_MANAGE,
        Permission.CLIENT_MANAGE,
    }
)
"""What no machine client may hold: deciding, releasing, revealing and granting need a person who answers for it."""

STEP_RIGHTS: dict[EnrolmentStep, frozenset[Permission]] = {
    EnrolmentStep.VILLAGE_CHECK: frozenset(
        {Permission.ENROLMENT_CHECK, Permission.CHANGE_CHECK, Permission.CANCELLATION_CHECK}
    ),
    EnrolmentStep.TOWNSHIP_REVIEW: frozenset(
        {Permission.ENROLMENT_REVIEW, Permission.CHANGE_REVIEW, Permission.CANCELLATION_REVIEW}
    ),
    EnrolmentStep.COUNTY_APPROVAL: frozenset(
        {Permission.ENROLMENT_APPROVE, Permission.CHANGE_APPROVE, Permission.CANCELLATION_APPROVE}
    ),
}
"""Rights of each step over all kinds of cases: whoever holds one of them may give the step to a colleague on leave."""
IMPLIED: dict[Permission, frozenset[Permission]] = {Permission.IMPORT_RUN: _SUBMIT | {Permission.JOB_READ}}
"""What a right of a machine client brings along: whoever may bring rosters in sends files and follows them."""


def with_implied(permissions: frozenset[Permission]) -> frozenset[Permission]:
    """Return the rights and what they bring along."""
    return permissions.union(*(IMPLIED.get(one, frozenset()) for one in permissions))
