"""The worker as a process: it does what waits, and it ends with the server that started it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest


@pytest.fixture
def start(clone, tmp_path):
    """Start a worker on a database of its own, with a pipe that its server would hold."""
    environment = os.environ | {"NONGBAO_DATABASE_URL": clone(), "NONGBAO_DATA_DIR": str(tmp_path / "data")}
    started = []

    def run(*words):
        command = [sys.executable, "-m", "api.cli", "worker", "--json", *words]
        child = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        started.append(child)
        return child

    yield run
    for child in started:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()


def test_what_waits_is_done_once(start):
    out, _ = start("--once").communicate(timeout=60)
    assert json.loads(out) == {"jobs": 0}


def test_it_ends_when_the_pipe_closes_as_it_does_when_the_server_is_killed(start):
    child = start("--supervised")
    assert json.loads(child.stdout.readline()) == {"worker": child.pid}
    assert child.poll() is None
    child.stdin.close()
    assert child.wait(timeout=30) == 0


def test_it_stops_in_order_when_told_to(start):
    child = start()
    child.stdout.readline()
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=30) == 0
