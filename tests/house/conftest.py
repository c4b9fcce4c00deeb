"""Lets the tests of this folder read the sources through `house.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
