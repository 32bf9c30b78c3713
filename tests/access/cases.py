"""What each operation needs to be asked well: which thing each reference means, and a body that would do its work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from api.permissions import Permission
from api.policy.id_numbers import check_character

DONE = frozenset({200, 201, 204})
PUBLIC_DIVISIONS = "public-division"
"""Codes and names of units are published by the statistics bureau; whoever is signed in reads all of them."""


@dataclass(frozen=True)
class Case:
    """One operation. `slots` maps each reference of its description (where.name) to the kind of thing it names."""

    slots: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    file: str | None = None
    query: dict[str, str] = field(default_factory=dict)
    seen: frozenset[int] = DONE
    """What answers when everything is visible."""
    needs: Permission | None = None
    """A right that the operation asks for only once it knows the step."""
    version: str = "1"
    """The version that one's own thing has."""
    fresh: bool = False
    """Ends or renews the session: asked by a client of its own."""


def of(kind: str, name: str = "", **facts: Any) -> Case:
    """A case with one reference in its path."""
    return Case(slots={f"path.{name or kind + '_id'}": kind}, **facts)


CONFLICT = frozenset({409})
UNIT = {"query.division": "division"}
RUN = {"path.run_id": "payment_run"}
CHANGE = {"reason": "cert", "on": "2011-03-01"}
NUMBER = "44078319800101001" + check_character("44078319800101001")
DEATH = {"reason": "death", "event_on": "2011-03-01", "proof": "death_certificate"}
ROSTER = f"姓名,身份证号,村代码,户号,与户主关系,户口性质\n陈新人,{NUMBER},{{village}},88,户主,农业\n"
REGISTRATION = {"name": "陈新人", "id_number": NUMBER, "hukou_kind": "rural"}

CASES: dict[str, Case] = {
    "sign_in": Case(),
    "issue_token": Case(),
    "list_demo_users": Case(),
    "calculate_account": Case(),
    "read_health": Case(),
    "read_readiness": Case(),
    "read_metrics": Case(),
    "read_session": Case(),
    "sign_out": Case(fresh=True),
    "confirm_second_factor": Case(body={"code": "000000"}, seen=frozenset({401, 403, 409, 422}), fresh=True),
    "list_divisions": Case(slots={"query.parent": PUBLIC_DIVISIONS}),
    "read_division": of(PUBLIC_DIVISIONS, "code"),
    "list_residents": Case(slots=UNIT),
    "register_resident": Case(slots={"body.division_code": "division"}, body=REGISTRATION),
    "search_resident": Case(body={"id_number": NUMBER}),
    "read_resident": of("resident"),
    "change_resident": of("resident", body={"remark": "已核对"}),
    "report_death": of("resident", body={"died_on": "2011-03-01", "source": "村报"}),
    "report_move": Case(
        slots={"path.resident_id": "resident", "body.to_division_code": "division"}, body={"moved_on": "2011-03-01"}
    ),
    "reveal_resident": of("resident", body={"field": "bank_account", "reason": "核对"}),
    "list_resident_timeline": of("resident"),
    "list_households": Case(slots=UNIT),
    "read_household": of("household"),
    "list_enrolments": Case(slots=UNIT | {"query.resident_id": "resident"}),
    "create_enrolment": Case(
        slots={"body.resident_id": "newcomer"}, body={"tier": "100.00", "applied_on": "2011-03-01"}
    ),
    "decide_enrolments": Case(
        slots={"body.ids": "draft"},
        body={"step": "village_check", "decision": "approve"},
        needs=Permission.ENROLMENT_CHECK,
    ),
    "read_enrolment": of("draft", "enrolment_id"),
    "decide_enrolment": of(
        "draft",
        "enrolment_id",
        body={"step": "village_check", "decision": "approve"},
        needs=Permission.ENROLMENT_CHECK,
    ),
    "resubmit_enrolment": of(
        "returned", "enrolment_id", body={"tier": "100.00", "applied_on": "2011-03-01"}, version="2"
    ),
    "import_file": Case(slots={"form.division": "division"}, form={"kind": "residents"}, file="file"),
    "list_imports": Case(),
    "list_refused_rows": Case(slots={"form.division": "division"}, form={"kind": "residents"}, file="file"),
    "read_import": of("import"),
    "list_users": Case(),
    "create_user": Case(
        slots={"body.division_code": "division"},
        body={"username": "fresh.user", "display_name": "新人", "person_key": "p-fresh", "role": "auditor"},
    ),
    "read_user": of("user"),
    "change_user": of("user", body={"display_name": "改名"}),
    "reset_password": of("user", body={}),
    "list_clients": Case(),
    "create_client": Case(
        slots={"body.division_code": "division"},
        body={"name": "新系统", "role": "auditor", "scopes": ["residents:read"]},
    ),
    "disable_client": of("client"),
    "list_audit_events": Case(slots={"query.subject_id": "resident", "query.actor_id": "user"}),
    "record_contribution": Case(
        slots={"body.resident_id": "resident"},
        body={
            "contribution_year": 2011,
            "kind": "annual",
            "tier": "100.00",
            "paid_on": "2011-03-02",
            "channel": "cash",
        },
    ),
    "list_contributions": Case(slots=UNIT | {"query.resident_id": "payer"}),
    "read_contribution": of("contribution"),
    "reverse_contribution": of("transfer", "contribution_id", body={"reason": "录错"}),
    "list_receipts": Case(slots=UNIT | {"query.collector_id": "collector"}),
    "read_receipt": of("receipt"),
    "list_remittances": Case(slots=UNIT),
    "record_remittance": Case(
        body={"amount": "1.00", "paid_in_on": "2011-03-31", "bank_reference": "ref-1"}, seen=frozenset({409, 422})
    ),
    "read_cash_in_hand": Case(),
    "read_remittance": of("remittance"),
    "confirm_remittance": of("remittance"),
    "read_account": of("payer", "resident_id"),
    "list_account_lines": of("payer", "resident_id"),
    "read_account_statement": of("payer", "resident_id", query={"year": "2010"}),
    "compute_interest_run": Case(slots={"body.county": "county"}, body={"year": 2010}, seen=CONFLICT),
    "list_interest_runs": Case(),
    "read_interest_run": of("interest_run", "run_id"),
    "approve_interest_run": of("interest_run", "run_id", body={"content_hash": "0" * 64}, seen=CONFLICT),
    "recompute_interest_run": of("interest_run", "run_id"),
    "discard_interest_run": of("interest_run", "run_id"),
    "list_policy_parameters": Case(),
    "list_benefit_notices": Case(slots=UNIT, query={"month": "2010-10", "basis": "launch_cohort"}),
    "propose_award": Case(slots={"body.resident_id": "elder"}, body={}),
    "list_awards": Case(slots=UNIT),
    "propose_awards": Case(slots={"body.division": "division"}, body={"month": "2010-10", "basis": "launch_cohort"}),
    "approve_awards": Case(slots={"body.award_ids": "award"}, body={}),
    "read_award": of("award"),
    "decide_award": of("award", body={"decision": "approve"}),
    "list_benefits": Case(slots=UNIT),
    "read_benefit": of("drawing", "resident_id"),
    "suspend_benefit": of("drawing", "resident_id", body=CHANGE),
    "stop_benefit": of("drawing", "resident_id", body=CHANGE | {"reason": "prison"}),
    "resume_benefit": of("suspended", "resident_id", body=CHANGE | {"on": "2011-03-31"}),
    "terminate_benefit": of("drawing", "resident_id", body=CHANGE | {"reason": "emigrated"}),
    "compute_payment_run": Case(slots={"body.county": "county"}, body={"month": "2011-03"}, seen=CONFLICT),
    "list_payment_runs": Case(),
    "read_payment_run": Case(slots=RUN),
    "list_payment_lines": Case(slots=RUN | UNIT | {"query.resident_id": "drawing"}),
    "list_payment_exceptions": Case(slots=RUN | UNIT),
    "approve_payment_run": Case(slots=RUN, body={"content_hash": "0" * 64}, seen=CONFLICT),
    "discard_payment_run": Case(slots=RUN, body={"reason": "重算"}),
    "release_bank_files": Case(slots=RUN, seen=CONFLICT),
    "list_bank_files": Case(slots=RUN),
    "download_bank_file": Case(slots=RUN | {"path.file_id": "bank_file"}, seen=frozenset({200, 409})),
    "load_bank_return": Case(slots=RUN, form={}, file="files", seen=frozenset({409, 422})),
    "explain_payment": of("drawing", "resident_id", query={"month": "2011-03"}),
    "list_cancellations": Case(slots=UNIT | {"query.resident_id": "ending"}),
    "create_cancellation": Case(slots={"body.resident_id": "resident"}, body=DEATH),
    "read_cancellation": of("cancelling", "cancellation_id"),
    "change_cancellation_payee": of("cancelling", "cancellation_id", body={"payee": None}),
    "decide_cancellation": of(
        "cancelling",
        "cancellation_id",
        body={"step": "village_check", "decision": "approve"},
        needs=Permission.CANCELLATION_CHECK,
    ),
    "resubmit_cancellation": of("cancelling_returned", "cancellation_id", body=DEATH, version="2"),
    "withdraw_cancellation": of("cancelling", "cancellation_id", seen=CONFLICT),
    "revoke_cancellation": of("cancelled", "cancellation_id", body={"reason": "误报"}, version="4"),
    "compute_settlement": of("cancelled", "cancellation_id"),
    "list_settlements": Case(slots=UNIT | {"query.resident_id": "ending", "query.cancellation_id": "ending_case"}),
    "list_overdue_settlements": Case(slots=UNIT),
    "read_settlement": of("settling", "settlement_id"),
    "approve_settlement": of("settling", "settlement_id", body={"content_hash": "0" * 64}, seen=CONFLICT),
    "pay_settlement": of(
        "payable", "settlement_id", body={"bank_reference": "JS-1", "paid_on": "2011-03-31"}, version="2"
    ),
    "discard_settlement": of("settling", "settlement_id", body={"reason": "重算"}),
    "reveal_payee": of("payable", "settlement_id", body={"reason": "付款"}),
    "list_recoveries": Case(slots=UNIT | {"query.resident_id": "ending"}),
    "read_recovery": of("recovery"),
    "repay_recovery": of("recovery", body={"bank_reference": "TH-1", "repaid_on": "2011-03-31"}),
    "read_participation": Case(slots=UNIT),
    "read_participation_trend": Case(slots=UNIT),
    "freeze_participation": Case(slots={"body.division": "division"}, body={"as_of": "2011-03-31"}),
}
