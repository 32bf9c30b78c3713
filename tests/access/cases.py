"""What each operation needs to be asked well: which thing each reference means, and a body that would do its work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from api.permissions import Permission
from api.policy.id_numbers import check_character
from tests.attachments.files import JPEG

DONE = frozenset({200, 201, 204})
ABSENT_ID = "4407839999999999"
PUBLIC_DIVISIONS = "public-division"
"""Codes and names of units are published by the statistics bureau; whoever is signed in reads all of them."""
PUBLIC_CHANGES = "parameter_change_read"
"""The law of every place is open to whoever is signed in."""
PUBLIC = frozenset({PUBLIC_DIVISIONS, PUBLIC_CHANGES})


@dataclass(frozen=True)
class Case:
    """One operation. `slots` maps each reference of its description (where.name) to the kind of thing it names."""

    slots: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    file: str | None = None
    content: bytes | None = None
    """What is in the file; a roster where nothing is said."""
    also: tuple[str, ...] = ()
    """References outside the path without which the request makes no sense."""
    together: bool = False
    """The things belong to each other: a foreign one is asked for with what is foreign alike."""
    query: dict[str, str] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)
    """Words in the path that name no thing."""
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
COUNTY_ONLY = frozenset({200, 201, 404})
"""The fund's books are one thing of a county: whoever has the right in a village only is told that nothing is there."""
FEBRUARY = {"month": "2011-02"}
UNIT = {"query.division": "division"}
RUN = {"path.run_id": "payment_run"}
BATCH = {"path.batch_id": "collection"}
CLAIM = {"path.claim_id": "subsidy_claim"}
ARRIVAL = {"path.receipt_id": "subsidy_receipt"}
CHANGE = {"reason": "cert", "on": "2011-03-01"}
NUMBER = "44078319800101001" + check_character("44078319800101001")
DEATH = {"reason": "death", "event_on": "2011-03-01", "proof": "death_certificate"}
ROSTER = f"姓名,身份证号,村代码,户号,与户主关系,户口性质\n陈新人,{NUMBER},{{village}},88,户主,农业\n"
REGISTRATION = {"name": "陈新人", "id_number": NUMBER, "hukou_kind": "rural"}

PAYER = {
    "kind": "collective", "payer_kind": "village_collective", "payer_name": "经联社", "basis": "决议1号",
    "basis_on": "2011-01-15", "contribution_year": 2011,
}  # fmt: skip
PAYER_FORM = {name: str(value) for name, value in PAYER.items()}
PAYER_ROWS = f"姓名,身份证号,金额\n陈新人,{NUMBER},50.00\n".encode()
MISSED = {"years": [2010], "paid_on": "2011-03-02", "channel": "cash"}

PHONE = {"kind": "phone", "value": "13900139000", "effective_on": "2011-03-01", "proof": "application"}
STEP_IN = {"step": "village_check", "starts_on": "2011-03-31", "ends_on": "2011-04-05", "reason": "请假"}

SUBSIDY = {
    "code": "subsidy_bands",
    "value": [{"from_tier": "0.00", "subsidy": "50.00"}],
    "valid_from": "2011-03-01",
    "valid_to": "2013-12-31",
    "document": "村民会议决议",
    "article": "一",
    "reason": "增加补贴",
}

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
    "record_make_up": Case(slots={"body.resident_id": "resident"}, body=MISSED),
    "record_lump_sum": Case(slots={"body.resident_id": "resident"}, body=MISSED, seen=CONFLICT),
    "quote_contributions": Case(slots={"body.resident_id": "resident"}, body=MISSED | {"kind": "make_up"}),
    "read_contribution_allowance": of("resident"),
    "list_unpaid_contributions": Case(slots=UNIT),
    "count_unpaid_contributions": Case(slots=UNIT),
    "export_unpaid_contributions": Case(slots=UNIT),
    "list_payer_lists": Case(slots=UNIT | {"query.land_project_id": "paid_project"}),
    "create_payer_list": Case(
        slots={"body.division_code": "division", "body.lines": "resident"},
        body=PAYER,
        also=("body.division_code", "body.lines"),
        together=True,
    ),
    # Nobody of the file is of the village.
    "bring_payer_list": Case(
        slots={"form.division": "division"},
        form=PAYER_FORM,
        file="file",
        content=PAYER_ROWS,
        seen=frozenset({422}),
    ),
    "read_payer_list": of("payer_list", "list_id"),
    "list_payer_list_lines": of("payer_list", "list_id"),
    # Only who made a list hands it in or takes it back.
    "submit_payer_list": of("payer_list", "list_id", seen=CONFLICT),
    "withdraw_payer_list": of("payer_list", "list_id", seen=CONFLICT),
    "confirm_payer_list": of(
        "payer_submitted",
        "list_id",
        body={"amount": "1.00", "bank_reference": "JS-9", "arrived_on": "2011-03-05"},
        version="2",
    ),
    "approve_payer_list": of("payer_received", "list_id", body={"content_hash": "0" * 64}, version="3", seen=CONFLICT),
    "reject_payer_list": of("payer_received", "list_id", body={"reason": "决议未附"}, version="3"),
    "refund_payer_list": of(
        "payer_left", "list_id", body={"bank_reference": "TK-9", "refunded_on": "2011-03-20"}, version="4"
    ),
    "readdress_payer_list": Case(
        slots={"path.list_id": "payer_left", "body.lines": "resident"},
        body={"line_numbers": [1]},
        also=("body.lines",),
        together=True,
        version="4",
    ),
    "pay_land_project": of(
        "land_draft", "project_id", body={"payer_name": "指挥部", "contribution_year": 2011}, seen=CONFLICT
    ),
    "compute_government_paid_run": Case(slots={"body.county": "county"}, body={"paid_on": "2011-03-08"}, seen=CONFLICT),
    "list_government_paid_runs": Case(),
    "read_government_paid_run": of("government_paid_run", "run_id"),
    "list_government_paid_lines": Case(slots={"path.run_id": "government_paid_run"} | UNIT),
    "approve_government_paid_run": of("government_paid_run", "run_id", body={"content_hash": "0" * 64}, seen=CONFLICT),
    "discard_government_paid_run": of("government_paid_run", "run_id"),
    "list_contributions": Case(slots=UNIT | {"query.resident_id": "payer"}),
    "read_contribution": of("contribution"),
    "reverse_contribution": of("transfer", "contribution_id", body={"reason": "录错"}),
    "list_receipts": Case(slots=UNIT | {"query.collector_id": "collector"}),
    "read_receipt": of("receipt"),
    "list_receipt_gaps": Case(slots=UNIT),
    "list_receipt_blocks": Case(slots=UNIT | {"query.collector_id": "collector"}),
    "issue_receipt_block": Case(slots={"body.collector_id": "user"}, body={"count": 5, "purpose": "paper"}),
    "read_receipt_block": of("block"),
    "take_back_receipt_block": of("block", version="2"),
    "list_receipt_voids": Case(slots=UNIT | {"query.collector_id": "collector"}),
    # Whoever is asked here has no block of their own.
    "propose_receipt_void": Case(body={"number": 1, "reason": "写错"}, seen=CONFLICT),
    "decide_receipt_voids": Case(slots={"body.ids": "void"}, body={"decision": "refuse"}),
    "verify_receipt": Case(body={"number": "440783-1-000001", "code": "A"}),
    "draw_receipt_sample": Case(slots=UNIT, query={"day": "2010-10-20"}),
    "list_collectors": Case(slots=UNIT),
    "read_collector": of("collector"),
    "list_fund_accounts": Case(slots=UNIT),
    "list_fund_journals": Case(slots=UNIT | {"query.party": "collector"}),
    "read_fund_journal": of("journal"),
    "list_journal_persons": of("journal"),
    "list_fund_periods": Case(seen=COUNTY_ONLY),
    "read_fund_period": Case(path=FEBRUARY, seen=COUNTY_ONLY),
    "read_fund_pack": Case(path=FEBRUARY, seen=COUNTY_ONLY),
    "propose_closing": Case(path=FEBRUARY, body={}, seen=frozenset({404, 412})),
    "approve_closing": Case(path=FEBRUARY, body={"content_hash": "0" * 64}, seen=frozenset({404, 409})),
    "withdraw_closing": Case(path=FEBRUARY, seen=frozenset({404, 409})),
    "propose_reopening": Case(path=FEBRUARY, body={"reason": "补记"}, seen=frozenset({404, 409})),
    "approve_reopening": Case(path=FEBRUARY, seen=frozenset({404, 409})),
    "list_fund_transfers": Case(),
    "read_sweep": Case(seen=COUNTY_ONLY),
    "read_fund_transfer": of("fund_transfer", "transfer_id"),
    "propose_fund_transfer": Case(
        body={"way": "sweep", "amount": "1.00", "moved_on": "2011-03-31", "bank_reference": "S-0001"}, seen=COUNTY_ONLY
    ),
    "decide_fund_transfer": of("fund_transfer", "transfer_id", body={"decision": "approve"}),
    # Only who proposed it may take it back.
    "withdraw_fund_transfer": of("fund_transfer", "transfer_id", seen=frozenset({403})),
    "list_bank_statements": Case(),
    "list_bank_statement_layouts": Case(),
    "read_reconciliation": Case(query={"account": "income_account"}, seen=COUNTY_ONLY),
    "list_bank_matches": Case(),
    "load_bank_statement": Case(
        form={
            "account": "treasury_account",
            "layout": "treasury_2010",
            "from_on": "2011-03-01",
            "to_on": "2011-03-30",
            "closing_balance": "5.00",
        },
        file="file",
        content="记账日期,业务编号,发生额,余额\n20110302,A1,5.00,5.00\n".encode(),
        seen=COUNTY_ONLY,
    ),
    "list_bank_statement_lines": of("bank_statement", "statement_id"),
    "refresh_bank_matches": Case(body={"account": "income_account"}, seen=COUNTY_ONLY),
    "propose_bank_match": Case(
        slots={"body.line_ids": "bank_line", "body.journal_ids": "bank_journal"},
        body={"account": "income_account", "note": "同一笔"},
        also=("body.line_ids", "body.journal_ids"),
    ),
    "decide_bank_match": of("bank_match", "match_id", body={"decision": "approve"}),
    "explain_bank_item": Case(
        slots={"body.subject_id": "bank_line"}, body={"account": "income_account", "side": "line", "note": "待查"}
    ),
    "read_fund_report": Case(slots=UNIT, query={"month": "2011-02"}, seen=frozenset({422})),
    "read_contribution_report": Case(slots=UNIT, query={"year": "2010"}),
    "list_remittances": Case(slots=UNIT | {"query.collector_id": "collector"}),
    "record_remittance": Case(
        body={"amount": "1.00", "paid_in_on": "2011-03-31", "bank_reference": "ref-1"}, seen=frozenset({409, 422})
    ),
    "read_cash_in_hand": Case(),
    "read_remittance": of("remittance"),
    "confirm_remittance": of("remittance"),
    "reject_remittance": of("remittance", body={"reason": "支票退票"}),
    "list_remittance_receipts": of("remittance"),
    "propose_backdated_contribution": Case(
        slots={"body.resident_id": "payer"},
        body={
            "contribution_year": 2010,
            "kind": "collective",
            "amount": "5.00",
            "paid_on": "2010-12-28",
            "channel": "bank_transfer",
            "reason": "回单迟到",
        },
        # The year's interest is not posted, so there is nothing late about it.
        seen=CONFLICT,
    ),
    "list_backdated_contributions": Case(slots=UNIT),
    "read_backdated_contribution": of("backdated", "proposal_id"),
    "decide_backdated_contribution": of("backdated", "proposal_id", body={"decision": "reject", "opinion": "无凭据"}),
    "print_account_statements": Case(slots=UNIT, query={"year": "2010"}),
    "print_account_statement": of("payer", "resident_id", query={"year": "2010"}),
    "read_account_proof": of("payer", "resident_id", query={"year": "2010"}),
    "list_ledger_seals": Case(),
    "read_latest_ledger_seal": Case(),
    "make_year_proof": Case(slots={"body.county": "county"}, body={"year": 2010}, seen=CONFLICT),
    "list_year_proofs": Case(),
    "print_year_proof": Case(path={"year": "2010"}),
    "read_account": of("payer", "resident_id"),
    "list_account_lines": of("payer", "resident_id"),
    "read_account_statement": of("payer", "resident_id", query={"year": "2010"}),
    "compute_interest_run": Case(slots={"body.county": "county"}, body={"year": 2010}, seen=CONFLICT),
    "list_interest_runs": Case(),
    "read_interest_run": of("interest_run", "run_id"),
    "approve_interest_run": of("interest_run", "run_id", body={"content_hash": "0" * 64}, seen=CONFLICT),
    "recompute_interest_run": of("interest_run", "run_id"),
    "discard_interest_run": of("interest_run", "run_id"),
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
    "compute_collection_batch": Case(
        slots={"body.division": "division"}, body={"contribution_year": 2011}, seen=frozenset({422})
    ),
    "list_collection_batches": Case(),
    "read_collection_batch": Case(slots=BATCH),
    "list_collection_lines": Case(slots=BATCH | UNIT | {"query.resident_id": "resident"}),
    "list_collection_exceptions": Case(slots=BATCH | UNIT),
    "approve_collection_batch": Case(slots=BATCH, body={"content_hash": "0" * 64}, seen=CONFLICT),
    "discard_collection_batch": Case(slots=BATCH, body={"reason": "重算"}),
    "release_collection_files": Case(slots=BATCH, seen=CONFLICT),
    "list_collection_files": Case(slots=BATCH),
    "download_collection_file": Case(
        slots=BATCH | {"path.file_id": "collection_file"}, together=True, seen=frozenset({200, 409})
    ),
    "load_collection_return": Case(
        slots=BATCH, form={"deducted_on": "2011-03-31"}, file="files", seen=frozenset({409, 422})
    ),
    "list_collection_returns": Case(slots=BATCH),
    "list_collection_failures": Case(slots=UNIT, query={"contribution_year": "2011"}),
    "list_collection_findings": Case(slots=BATCH),
    "read_collection_finding": Case(slots=BATCH, path={"number": "1"}),
    "reveal_collection_finding": Case(slots=BATCH, path={"number": "1"}, body={"reason": "核对"}),
    "propose_collection_resolution": Case(
        slots=BATCH, path={"number": "1"}, body={"decision": "dismissed", "evidence": "他行文件"}
    ),
    "decide_collection_resolution": Case(slots=BATCH, path={"number": "1"}, body={"confirmed": True}, seen=CONFLICT),
    "declare_collection_line": Case(
        slots=BATCH,
        body={"seq": 1, "decision": "failed", "evidence": "银行函", "deducted_on": "2011-03-31"},
        seen=CONFLICT,
    ),
    "read_collection_money": Case(slots=BATCH),
    "prove_collection_money": Case(
        slots=BATCH,
        body={"amount": "100.00", "bank_reference": "DZ-1", "arrived_on": "2011-03-31"},
        seen=CONFLICT,
    ),
    "reconcile_collection_money": Case(slots=BATCH, body={"difference": "0.00"}, seen=CONFLICT),
    "compute_account_opening": Case(slots={"body.division": "division"}, body={}, seen=frozenset({422})),
    "list_account_openings": Case(),
    "read_account_opening": of("account_opening", "opening_id"),
    "list_opening_lines": of("account_opening", "opening_id"),
    "approve_account_opening": of("account_opening", "opening_id", body={"content_hash": "0" * 64}, seen=CONFLICT),
    "discard_account_opening": of("account_opening", "opening_id", body={"reason": "重报"}),
    "release_opening_files": of("account_opening", "opening_id", seen=CONFLICT),
    "download_opening_file": of("account_opening", "opening_id", path={"part": "1"}, seen=CONFLICT),
    "load_opening_return": of("account_opening", "opening_id", form={}, file="files", seen=frozenset({409, 422})),
    "list_opening_returns": of("account_opening", "opening_id"),
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
    "read_subsidy_position": Case(slots={"query.county": "county"}),
    "export_subsidy_position": Case(slots={"query.county": "county"}),
    "compute_subsidy_claim": Case(
        slots={"body.county": "county"}, body={"purpose": "contribution_subsidy", "period": "2010"}, seen=CONFLICT
    ),
    "list_subsidy_claims": Case(),
    "read_subsidy_claim": Case(slots=CLAIM),
    "summarise_subsidy_claim": Case(slots=CLAIM | UNIT),
    "list_subsidy_claim_lines": Case(slots=CLAIM | UNIT | {"query.resident_id": "payer"}),
    "print_subsidy_claim": Case(slots=CLAIM),
    "export_subsidy_claim": Case(slots=CLAIM),
    "approve_subsidy_claim": Case(slots=CLAIM, body={"content_hash": "0" * 64}, seen=CONFLICT),
    "send_subsidy_claim": Case(slots=CLAIM, seen=CONFLICT),
    "discard_subsidy_claim": Case(slots=CLAIM, body={"reason": "重算"}),
    "post_subsidies": Case(slots=CLAIM, seen=CONFLICT),
    "list_waiting_subsidies": Case(slots=CLAIM),
    "list_subsidy_receipts": Case(),
    "read_subsidy_receipt": Case(slots=ARRIVAL),
    "record_subsidy_receipt": Case(
        slots={"body.county": "county", "body.claim_ids": "subsidy_claim"},
        body={
            "purpose": "contribution_subsidy",
            "level": "city",
            "amount": "1.00",
            "received_on": "2011-03-31",
            "bank_reference": "CZ-ACCESS",
            "claim_ids": [],
        },
        also=("body.county",),
        seen=frozenset({201, 422}),
    ),
    "confirm_subsidy_receipt": Case(slots=ARRIVAL),
    "discard_subsidy_receipt": Case(slots=ARRIVAL, body={"reason": "重复"}),
    "list_recoveries": Case(slots=UNIT | {"query.resident_id": "ending"}),
    "read_recovery": of("recovery"),
    "repay_recovery": of("recovery", body={"bank_reference": "TH-1", "repaid_on": "2011-03-31"}),
    "read_participation": Case(slots=UNIT),
    "read_participation_trend": Case(slots=UNIT),
    "freeze_participation": Case(slots={"body.division": "division"}, body={"as_of": "2011-03-31"}),
}
