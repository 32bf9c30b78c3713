"""Words of the dated law: at which layer a parameter is set, and what became of a proposed change."""

from __future__ import annotations

from api.vocabulary.words import Word


class ParameterLayer(Word):
    """Who sets a parameter, from the top down; the deepest layer that says anything prevails."""

    NATIONAL = "national", "国家"
    PROVINCE = "province", "省"
    CITY = "city", "地级市"
    COUNTY = "county", "县(市、区)"
    TOWN = "town", "乡镇(街道)"
    VILLAGE = "village", "村(社区)"


class ParameterChangeState(Word):
    """Where a proposed change of a parameter stands."""

    PROPOSED = "proposed", "待复核"
    APPROVED = "approved", "已生效"
    REJECTED = "rejected", "已否决"
    WITHDRAWN = "withdrawn", "已撤回"
