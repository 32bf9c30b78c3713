"""`nongbao run duplicate-search`: looks through a county for rows that may be one person. It decides nothing."""

from __future__ import annotations

import time

from api.cli.common import ActorOption, JsonOption, acting, emit
from api.cli.runs import CountyOption, DryRunOption
from api.permissions import Permission


def duplicate_search(
    county: CountyOption,
    dry_run: DryRunOption = False,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """查找全县疑似重复登记，列入待核实名单；可随时再次查找，已处理过的不会重复提出。"""
    from api.service import open_service
    from api.services import duplicate_search as searching

    unit = county * 1_000_000
    with open_service() as service:
        acts = acting(service, actor, division_code=unit, permission=Permission.DUPLICATE_PROPOSE)
        work = service.database.rehearsal if dry_run else service.database.unit_of_work
        start = time.perf_counter()
        with work(acts) as session:
            found = searching.search(session, service.keyring, actor=acts, division_code=unit)
        seconds = time.perf_counter() - start
    facts = {
        "county": f"{county:06d}",
        "compared": found.compared,
        "alike": found.alike,
        "proposed": found.proposed,
        "refreshed": found.refreshed,
        "lapsed": found.lapsed,
        "seconds": round(seconds, 2),
        "dry_run": dry_run,
    }
    heading = "试查，未保存" if dry_run else "已列入待核实名单"
    told = (
        f"疑似重复登记({heading})：比对{found.compared}对，疑似{found.alike}对，"
        f"新提出{found.proposed}对，更新{found.refreshed}对，不再相似{found.lapsed}对，用时{seconds:.1f}秒"
    )
    emit(facts, as_json=as_json, text=told)
