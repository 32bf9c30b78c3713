"""What each operation needs to be asked well: which thing each reference means, and a body that would do its work."""

from __future__ import annotations

from api.permissions import Permission
from tests.access.case import (
    CHANGE,
    CONFLICT,
    DEATH,
    DONE,
    NUMBER,
    PHONE,
    REGISTRATION,
    RUN,
    STEP_IN,
    SUBSIDY,
    UNIT,
    Case,
    of,
)
from tests.access.money_cases import MONEY_CASES
from tests.attachments.files import JPEG

ABSENT_ID = "4407839999999999"
PUBLIC_DIVISIONS = "public-division"
"""Codes and names of units are published by the statistics bureau; whoever is signed in reads all of them."""
PUBLIC_CHANGES = "parameter_change_read"
"""The law of every place is open to whoever is signed in."""
PUBLIC = frozenset({PUBLIC_DIVISIONS, PUBLIC_CHANGES})

CASES: dict[str, Case] = {
    "sign_in": Case(),
    "issue_token": Case(),
    "list_demo_users": Case(),
    "calculate_account": Case(
        slots={"body.division": PUBLIC_DIVISIONS},
        body={"birth_date": "1951-01-15", "credits": [], "settle_on": "2011-03-31"},
    ),
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
    "reinstate_resident": of(
        "departed", "resident_id", body={"kind": "wrongly_reported", "evidence": "派出所证明"}, version="2"
    ),
    "list_resident_timeline": of("resident"),
    "list_resident_facts": of("resident"),
    "record_fact": of(
        "resident",
        body={"kind": "unreachable", "begins_on": "2011-03-01", "evidence": "入户走访"},
        seen=frozenset({201}),
    ),
    "list_facts_due": Case(slots=UNIT),
    "end_fact": of("fact", body={"ended_on": "2011-03-31", "evidence": "本人来电"}),
    "void_fact": of("fact", body={"reason": "登记有误"}),
    "list_participation_register": Case(slots=UNIT),
    "read_participation_register": Case(slots=UNIT),
    "export_participation_register": Case(slots=UNIT),
    "search_similar_residents": Case(
        slots={"body.division_code": "division"}, body={"name": "陈新人", "id_number": NUMBER}
    ),
    "list_resident_documents": of("documented", "resident_id"),
    "record_resident_document": of(
        "resident", body={"kind": "passport", "number": "E12345678", "evidence": "护照原件"}
    ),
    # Of those who decide about duplicates only the county's may.
    "release_resident_document": of("document", body={"opinion": "录入有误，号码属他人"}, seen=frozenset({200, 403})),
    "list_duplicates": Case(slots=UNIT),
    "search_duplicates": Case(slots={"body.division": "division"}, body={}),
    "read_duplicate": of("duplicate"),
    "propose_merge": of("duplicate", body={"keep": "first", "opinion": "同一人"}),
    "decide_duplicate": of("merging", "duplicate_id", body={"decision": "merge", "keep": "first"}, version="2"),
    "undo_duplicate": of("settled", "duplicate_id", body={"opinion": "再核实"}, version="2"),
    "list_resident_versions": of("resident"),
    "list_resident_sources": of("resident"),
    "list_households": Case(slots=UNIT),
    "read_household": of("household"),
    "add_attachment": Case(
        slots={"path.resident_id": "drafted", "form.subject_id": "draft"},
        form={"kind": "id_card"},
        file="file",
        content=JPEG,
        together=True,
    ),
    "list_attachments": of("drafted", "resident_id"),
    "read_attachment": of("attachment"),
    "read_attachment_content": of("attachment"),
    "link_attachment": Case(
        slots={"path.attachment_id": "attachment", "body.subject_id": "draft"},
        body={"subject_kind": "enrolment"},
        also=("body.subject_id",),
        together=True,
    ),
    "void_attachment": of("attachment", body={"reason": "拍错了"}),
    "list_land_projects": Case(slots=UNIT),
    "create_land_project": Case(
        slots={"body.division_code": "division"},
        body={"name": "新路", "approval_number": "3", "land_approved_on": "2011-01-10", "area": "1.5", "sum": "100.00"},
    ),
    "read_land_project": of("land_draft", "project_id"),
    "change_land_project": of("land_draft", "project_id", body={"name": "改名"}, version="2"),
    "decide_land_project": of(
        "land_draft",
        "project_id",
        body={"step": "list", "decision": "approve"},
        needs=Permission.LAND_LIST,
        version="2",
    ),
    "list_land_persons": of("land_draft", "project_id"),
    "put_land_persons": Case(
        slots={"path.project_id": "land_draft", "body.resident_ids": "newcomer"},
        body={},
        also=("body.resident_ids",),
        together=True,
        version="2",
    ),
    "strike_land_persons": Case(
        slots={"path.project_id": "land_draft", "body.resident_ids": "resident"},
        body={},
        also=("body.resident_ids",),
        together=True,
        version="2",
    ),
    "list_land_objections": of("land_posted", "project_id"),
    "object_to_land_list": Case(
        slots={"path.project_id": "land_posted", "body.resident_id": "resident"},
        body={"objection": "户口已迁走"},
        also=("body.resident_id",),
        together=True,
        version="5",
    ),
    "rule_on_land_objection": Case(
        slots={"path.project_id": "land_posted", "path.objection_id": "objection"},
        body={"upheld": False, "ruling": "经核实"},
        together=True,
        version="5",
    ),
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
    "withdraw_enrolment": of("draft", "enrolment_id", seen=CONFLICT),
    "create_change_request": of("resident", body=PHONE),
    "list_change_requests": Case(slots=UNIT | {"query.resident_id": "requested"}),
    "decide_change_requests": Case(
        slots={"body.ids": "request"},
        body={"step": "village_check", "decision": "approve"},
        needs=Permission.CHANGE_CHECK,
    ),
    "read_change_request": of("request"),
    "decide_change_request": of(
        "request", body={"step": "village_check", "decision": "approve"}, needs=Permission.CHANGE_CHECK
    ),
    "resubmit_change_request": of("returned_request", "request_id", body=PHONE, version="2"),
    "withdraw_change_request": of("request", seen=CONFLICT),
    "reveal_change_request": of("request", body={"side": "new", "reason": "核对"}),
    "list_work_items": Case(slots=UNIT),
    "count_work_items": Case(),
    "list_delegations": Case(),
    "list_colleagues": Case(),
    "create_delegation": Case(slots={"body.to_user_id": "user"}, body=STEP_IN, seen=frozenset({201, 403, 422})),
    "arrange_delegation": Case(
        slots={"path.user_id": "user", "body.to_user_id": "user"},
        body=STEP_IN | {"to_user_id": ABSENT_ID},
        seen=frozenset({422}),
    ),
    "read_delegation": of("delegation"),
    "revoke_delegation": of("delegation", seen=frozenset({200, 403})),
    "import_file": Case(
        slots={"form.division": "division"}, form={"kind": "residents"}, file="file", needs=Permission.IMPORT_RUN
    ),
    "list_imports": Case(),
    "list_refused_rows": Case(
        slots={"form.division": "division"}, form={"kind": "residents"}, file="file", needs=Permission.IMPORT_RUN
    ),
    "read_import": of("import"),
    "read_import_template": Case(path={"kind": "residents"}),
    "list_import_findings": of("import"),
    "download_refused_rows": of("import", seen=frozenset({200, 410}), needs=Permission.IMPORT_RUN),
    "approve_import": of("import", body={"content_hash": "0" * 64}, seen=CONFLICT),
    "cancel_import": of("import", seen=CONFLICT),
    "read_job": of("job"),
    "follow_job": of("job"),
    "bring_department_list": Case(
        slots={"form.division": "division"},
        form={"kind": "dibao", "department": "民政局", "document": "1号", "as_of": "2011-03-01"},
        file="file",
    ),
    "list_department_lists": Case(),
    "read_department_list": of("department_list", "list_id"),
    "list_department_list_rows": of("department_list", "list_id"),
    "choose_department_list_rows": of(
        "department_list", "list_id", body={"rows": [1], "chosen": False, "reason": "已迁走"}
    ),
    "assign_department_list_row": Case(
        slots={"path.list_id": "department_list", "body.resident_id": "newcomer"},
        body={"seq": 2, "reason": "户口簿核对"},
        seen=DONE | CONFLICT,
    ),
    "approve_department_list": of("department_list", "list_id", body={"content_hash": "0" * 64}, seen=CONFLICT),
    "reject_department_list": of("department_list", "list_id", body={"reason": "日期不对"}),
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
    "list_policy_parameters": Case(slots={"query.division": PUBLIC_DIVISIONS}),
    "read_policy_parameter": of(PUBLIC_CHANGES, "change_id"),
    # Who sets the layers above the county sets none of these.
    "propose_policy_parameter": Case(slots={"body.division_code": "division"}, body=SUBSIDY, seen=DONE | {403}),
    "assess_policy_parameter": Case(
        slots={"body.division_code": "division", "body.division": "division"},
        body=SUBSIDY | {"division_code": "440783001210"},
    ),
    "assess_proposed_parameter": Case(slots={"path.change_id": "parameter_change"} | UNIT),
    "decide_policy_parameter": of("parameter_change", "change_id", body={"decision": "approve"}, seen=DONE | {403}),
    "withdraw_policy_parameter": of("parameter_change", "change_id", seen=frozenset({403})),
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
} | MONEY_CASES
