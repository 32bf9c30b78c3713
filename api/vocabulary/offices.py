"""Words about the offices: roles, and the lists of land-taken farmers that they draw up."""

from __future__ import annotations

from api.vocabulary.words import Word


class RoleName(Word):
    """Roles; incompatible ones are never held by one person (人社厅发〔2021〕64号)."""

    VILLAGE_ASSISTANT = "village_assistant", "村协办员"
    TOWN_CLERK = "town_clerk", "街道经办员"
    TOWN_REVIEWER = "town_reviewer", "街道初审员"
    COUNTY_CLERK = "county_clerk", "县级经办员"
    COUNTY_REVIEWER = "county_reviewer", "县级复核员"
    FINANCE = "finance", "基金财务"
    AUDITOR = "auditor", "内部审计"
    ADMINISTRATOR = "administrator", "系统管理员"


class LandProjectState(Word):
    """Stages of the list of 被征地农民 (policy.md §2.2): the village lists and posts, town and county check."""

    DRAFT = "draft", "名单编制中"
    LISTED = "listed", "名单已定"
    PUBLISHED = "published", "公示中"
    TOWN_CHECKED = "town_checked", "待县级批准"
    APPROVED = "approved", "已批准"


class LandStep(Word):
    """Steps of a land project's list."""

    LIST = "list", "确定名单"
    PUBLISH = "publish", "张榜公示"
    TOWN_CHECK = "town_check", "街道核对"
    COUNTY_APPROVAL = "county_approval", "县级批准"


class ObjectionOutcome(Word):
    """What became of an objection to a posted list."""

    OPEN = "open", "待处理"
    DISMISSED = "dismissed", "异议不成立"
    UPHELD = "upheld", "异议成立"
