"""The scripts of tools/ are no package: they are imported from their folder, as the Makefile starts them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
