"""The `nongbao` command. Each group of commands is a module beside this one."""

from typing import Annotated

import typer

from api.cli import (
    benefits,
    cash_alarms,
    clients,
    collections,
    demo,
    department_lists,
    doctor,
    duplicates,
    enrolments,
    government_paid,
    imports,
    keys,
    migrate,
    month_end,
    payments,
    proofs,
    reports,
    runs,
    serve,
    subsidies,
    users,
    verify,
    worker,
)
from api.cli.common import GuardedGroup

app = typer.Typer(
    cls=GuardedGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="农保：新型农村社会养老保险经办服务。",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from api.openapi import program_version

        print(program_version())
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="打印版本号")
    ] = False,
) -> None:
    """农保：新型农村社会养老保险经办服务。"""
    del version


app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("run-demo")(demo.run_demo)
app.command("worker")(worker.worker)
app.command("import-template")(imports.import_template)
app.command("migrate")(migrate.migrate)
app.command("doctor")(doctor.doctor)
app.add_typer(users.app, name="user")
app.add_typer(clients.app, name="client")
app.add_typer(keys.app, name="keys")
app.add_typer(runs.app, name="run")
app.add_typer(imports.app, name="import")
app.add_typer(enrolments.app, name="enrolment")
app.command("verify")(verify.verify)
runs.app.command("monthly-payment")(payments.monthly_payment)
runs.app.command("government-paid")(government_paid.government_paid)
runs.app.command("collection")(collections.collection)
runs.app.command("seal")(proofs.seal)
runs.app.command("year-proof")(proofs.year_proof)
app.command("check-proof")(proofs.check_proof)
runs.app.command("benefit-notice")(benefits.benefit_notice)
runs.app.command("progress-snapshot")(reports.progress_snapshot)
runs.app.command("month-end")(month_end.month_end)
runs.app.command("duplicate-search")(duplicates.duplicate_search)
runs.app.command("cash-alarms")(cash_alarms.cash_alarms)
runs.app.command("subsidy-claim")(subsidies.subsidy_claim)
imports.app.command("bank-return")(collections.bank_return)
imports.app.command("department-list")(department_lists.department_list)
