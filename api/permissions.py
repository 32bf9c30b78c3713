"""Who may do what: permissions and the roles that hold them. Data only; the routes name a permission each."""

from __future__ import annotations

from enum import StrEnum

from api.vocabulary import RoleName


class Permission(StrEnum):
    """One right. `PUBLIC` marks the few routes that need no sign-in; `SIGNED_IN` those that any session may use."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    DIVISION_READ = "divisions:read"
    RESIDENT_READ = "residents:read"
    RESIDENT_WRITE = "residents:write"
    RESIDENT_REVEAL = "residents:reveal"
    FACT_EXPLAIN = "facts:explain"
    """Say why somebody has not joined; changes nobody's place in E."""
    FACT_WRITE = "facts:write"
    """Record categories and exclusions, which change E or who pays."""
    ENROLMENT_READ = "enrolments:read"
    ENROLMENT_CREATE = "enrolments:create"
    ENROLMENT_CHECK = "enrolments:check"
    ENROLMENT_REVIEW = "enrolments:review"
    ENROLMENT_APPROVE = "enrolments:approve"
    CONTRIBUTION_READ = "contributions:read"
    CONTRIBUTION_RECORD = "contributions:record"
    CONTRIBUTION_REVERSE = "contributions:reverse"
    REMITTANCE_RECORD = "remittances:record"
    REMITTANCE_CONFIRM = "remittances:confirm"
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
    REPORT_READ = "reports:read"
    REPORT_FREEZE = "reports:freeze"
    IMPORT_RUN = "imports:run"
    LIST_READ = "lists:read"
    LIST_SUBMIT = "lists:submit"
    LIST_APPROVE = "lists:approve"
    PARAMETER_READ = "parameters:read"
    AUDIT_READ = "audit:read"
    USER_MANAGE = "users:manage"
    CLIENT_MANAGE = "clients:manage"


_READ = frozenset(
    {
        Permission.SIGNED_IN,
        Permission.DIVISION_READ,
        Permission.RESIDENT_READ,
        Permission.ENROLMENT_READ,
        Permission.CONTRIBUTION_READ,
        Permission.ACCOUNT_READ,
        Permission.BENEFIT_READ,
        Permission.REPORT_READ,
        Permission.PARAMETER_READ,
    }
)

ROLE_PERMISSIONS: dict[RoleName, frozenset[Permission]] = {
    RoleName.VILLAGE_ASSISTANT: _READ
    | {
        Permission.FACT_EXPLAIN,
        Permission.ENROLMENT_CREATE,
        Permission.ENROLMENT_CHECK,
        Permission.CONTRIBUTION_RECORD,
        Permission.REMITTANCE_RECORD,
    },
    RoleName.TOWN_CLERK: _READ
    | {
        Permission.RESIDENT_WRITE,
        Permission.FACT_EXPLAIN,
        Permission.FACT_WRITE,
        Permission.ENROLMENT_CREATE,
        Permission.ENROLMENT_CHECK,
        Permission.CONTRIBUTION_RECORD,
        Permission.REMITTANCE_RECORD,
        Permission.IMPORT_RUN,
        Permission.LIST_READ,
        Permission.LIST_SUBMIT,
    },
    RoleName.TOWN_REVIEWER: _READ
    | {
        Permission.ENROLMENT_REVIEW,
        Permission.REPORT_FREEZE,
        Permission.LIST_READ,
        Permission.LIST_APPROVE,
    },
    RoleName.COUNTY_CLERK: _READ
    | {
        Permission.RESIDENT_WRITE,
        Permission.FACT_EXPLAIN,
        Permission.FACT_WRITE,
        Permission.RESIDENT_REVEAL,
        Permission.IMPORT_RUN,
        Permission.LIST_READ,
        Permission.LIST_SUBMIT,
        Permission.CONTRIBUTION_REVERSE,
        Permission.INTEREST_RUN,
        Permission.BENEFIT_PROPOSE,
        Permission.PAYMENT_READ,
        Permission.PAYMENT_COMPUTE,
        Permission.REPORT_FREEZE,
    },
    RoleName.COUNTY_REVIEWER: _READ
    | {
        Permission.RESIDENT_REVEAL,
        Permission.ENROLMENT_APPROVE,
        Permission.CONTRIBUTION_REVERSE,
        Permission.INTEREST_APPROVE,
        Permission.BENEFIT_DECIDE,
        Permission.PAYMENT_READ,
        Permission.PAYMENT_APPROVE,
        Permission.LIST_READ,
        Permission.LIST_APPROVE,
    },
    RoleName.FINANCE: _READ | {Permission.REMITTANCE_CONFIRM, Permission.PAYMENT_READ, Permission.PAYMENT_FILE},
    RoleName.AUDITOR: _READ | {Permission.PAYMENT_READ, Permission.AUDIT_READ, Permission.LIST_READ},
    RoleName.ADMINISTRATOR: frozenset(
        {
            Permission.SIGNED_IN,
            Permission.DIVISION_READ,
            Permission.REPORT_READ,
            Permission.PARAMETER_READ,
            Permission.USER_MANAGE,
            Permission.CLIENT_MANAGE,
        }
    ),
}

FOR_PERSONS_ONLY: frozenset[Permission] = frozenset(
    {
        Permission.SIGNED_IN,
        Permission.RESIDENT_REVEAL,
        Permission.ENROLMENT_CHECK,
        Permission.ENROLMENT_REVIEW,
        Permission.ENROLMENT_APPROVE,
        Permission.CONTRIBUTION_REVERSE,
        Permission.REMITTANCE_CONFIRM,
        Permission.INTEREST_APPROVE,
        Permission.BENEFIT_DECIDE,
        Permission.PAYMENT_APPROVE,
        Permission.LIST_APPROVE,
        Permission.USER_MANAGE,
        Permission.CLIENT_MANAGE,
    }
)
"""What no machine client may hold: deciding, releasing, revealing and granting need a person who answers for it."""
