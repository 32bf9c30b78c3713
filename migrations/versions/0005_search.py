"""Search: town and given name on the row, and the indexes that a search walks along

The new columns are computed by the database from what stands in the row, so that no import and no change has to know of
them. Adding them writes the table anew: about a minute for a million residents, during which nobody reads it.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FLAGS = ("is_student", "employee_insured", "other_pension", "dibao", "wubao", "land_taken")
MARKED = " OR ".join([*FLAGS, "disability_grade IS NOT NULL"])
GONE = "status <> 'alive'"
COMPOUND_SURNAMES = (
    "万俟 上官 东方 东郭 乐正 亓官 令狐 仲孙 公冶 公孙 公良 公西 区阳 单于 南宫 南门 叶赫 司寇 司徒 司空 司马 呼延 夏侯 太叔 夹谷 "
    "子车 宇文 宗政 尉迟 左丘 巫马 慕容 拓跋 梁丘 欧阳 淳于 澹台 濮阳 独孤 申屠 百里 皇甫 端木 第五 纳兰 西门 诸葛 谷梁 赫连 轩辕 "
    "钟离 长孙 闻人 闾丘 颛孙 鲜于"
).split()
GIVEN_NAME = (
    "CASE WHEN char_length(name) > 2 AND left(name, 2) IN ("
    + ", ".join(f"'{surname}'" for surname in COMPOUND_SURNAMES)
    + ") THEN substr(name, 3) ELSE substr(name, 2) END"
)
ALONG = {
    "ix_residents_pinyin": ("pinyin", "id"),
    "ix_residents_town": ("town_code", "pinyin", "id"),
    "ix_residents_initials": ("initials", "pinyin", "id"),
    "ix_residents_name": ("name", "id"),
    "ix_residents_given_name": ("given_name", "pinyin", "id"),
    "ix_residents_birth_date": ("birth_date", "id"),
}
FEW = {
    **{f"ix_residents_{flag}": (("pinyin", "id"), flag) for flag in FLAGS},
    "ix_residents_disabled": (("pinyin", "id", "disability_grade"), "disability_grade IS NOT NULL"),
    "ix_residents_gone": (("pinyin", "id"), GONE),
    "ix_residents_town_gone": (("town_code", "pinyin", "id"), GONE),
}
BY_STATE = {
    "ix_enrolments_not_approved": ("enrolments", "state <> 'county_approved'"),
    "ix_benefits_not_active": ("benefits", "state <> 'active'"),
}
BEFORE = {"ix_residents_name": "name", "ix_residents_initials": "initials", "ix_residents_pinyin": "pinyin"}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for index in BEFORE:
        op.drop_index(index, table_name="residents")
    # In one statement, since each writes the table anew.
    op.execute(
        "ALTER TABLE residents ADD COLUMN town_code bigint GENERATED ALWAYS AS (division_code / 1000) STORED, "
        f'ADD COLUMN given_name text COLLATE "C" GENERATED ALWAYS AS ({GIVEN_NAME}) STORED'
    )
    for index, columns in ALONG.items():
        op.create_index(index, "residents", ["county_code", *columns, "division_code"])
    for index, (columns, condition) in FEW.items():
        op.create_index(
            index, "residents", ["county_code", *columns, "division_code"], postgresql_where=sa.text(condition)
        )
    op.create_index(
        "ix_residents_town_marked",
        "residents",
        ["county_code", "town_code", "pinyin", "id", "division_code", *FLAGS, "disability_grade"],
        postgresql_where=sa.text(MARKED),
    )
    for index, (table, condition) in BY_STATE.items():
        op.create_index(
            index,
            table,
            ["county_code", "state", "resident_id", "division_code"],
            postgresql_where=sa.text(condition),
        )
    op.create_index("ix_households_number", "households", ["county_code", "number", "id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_index("ix_households_number", table_name="households")
    for index, (table, _) in BY_STATE.items():
        op.drop_index(index, table_name=table)
    for index in ("ix_residents_town_marked", *FEW, *ALONG):
        op.drop_index(index, table_name="residents")
    op.drop_column("residents", "given_name")
    op.drop_column("residents", "town_code")
    for index, column in BEFORE.items():
        op.create_index(index, "residents", [column])
