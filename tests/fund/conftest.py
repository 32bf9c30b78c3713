"""An office and its people."""

from __future__ import annotations

import pytest

from tests.fund.worlds import Ledger


@pytest.fixture
def books(session):
    return Ledger.of(session)
