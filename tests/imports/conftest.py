"""Databases of one's own, opened and closed."""

from __future__ import annotations

import pytest

from api.database import Database


@pytest.fixture
def opened():
    """Open any number of databases; all are closed at the end."""
    made = []

    def open_one(url):
        database = Database(url, pool_size=6)
        made.append(database)
        return database

    yield open_one
    for database in made:
        database.dispose()
