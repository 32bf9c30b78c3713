"""Places for embedded servers, each swept away with its processes when the test ends."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.embedded import places, stop


@pytest.fixture
def data_dir() -> Iterator[Path]:
    # Not tmp_path: pytest makes it mode 0700, and as root the server's account has to get in.
    folder = Path(tempfile.mkdtemp(prefix="nongbao-e-"))
    folder.chmod(0o755)
    target = folder / "d"
    yield target
    known = places.load(target)
    stop(target, immediate=True)
    if known is not None and Path(known.base) != target.resolve():
        shutil.rmtree(known.base, ignore_errors=True)
    if known is not None:
        shutil.rmtree(known.socket_dir, ignore_errors=True)
    shutil.rmtree(folder)
