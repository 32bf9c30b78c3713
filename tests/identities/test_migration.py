"""The step to identities on a database that holds people already: names that were changed become history, and down again."""

from __future__ import annotations

from datetime import date

import psycopg

from api import migrations
from api.database import Database, system_actor
from tests import factories

BEFORE = "0006-1"


def test_names_changed_before_become_history_and_merged_rows_count_nowhere_after_a_step_down(clone):
    url = clone()
    database = Database(url, pool_size=2)
    with database.unit_of_work(system_actor(440783000000)) as session:
        renamed, moved, lost = (factories.make_resident(session).id for _ in range(3))
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        migrations.downgrade(url, BEFORE)
        keep = (
            "INSERT INTO resident_versions (county_code, resident_id, version, division_code, replaced_by_id, replaced_at, row) "
            "SELECT county_code, id, version, division_code, %s, '2011-01-31 17:00+00', to_jsonb(r) FROM residents AS r WHERE id = %s"
        )
        for name, by in (("梁一", 71), ("梁二", 72)):
            connection.execute(keep, [by, renamed])
            connection.execute("UPDATE residents SET name = %s, version = version + 1 WHERE id = %s", [name, renamed])
        connection.execute(keep, [73, moved])
        connection.execute("UPDATE residents SET remark = 'x', version = version + 1 WHERE id = %s", [moved])
        migrations.upgrade(url)
        rows = connection.execute(
            "SELECT resident_id, part, changed_on, handled_by, changed_by_id FROM identity_changes ORDER BY id"
        ).fetchall()
        # By the calendar of China it was already the first of February.
        assert rows == [(renamed, "name", date(2011, 2, 1), [by], by) for by in (71, 72)]
        assert connection.execute("SELECT count(*) FROM residents WHERE identity_changed_twice").fetchone() == (0,)
        connection.execute("UPDATE residents SET status = 'merged', merged_into_id = %s WHERE id = %s", [renamed, lost])
        migrations.downgrade(url, BEFORE)
        assert connection.execute("SELECT status FROM residents WHERE id = %s", [lost]).fetchone() == ("moved_out",)
        migrations.upgrade(url)
    database.dispose()
