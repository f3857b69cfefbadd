"""The Python libraries that tools/setup installs."""
import importlib.util
import os
import sys
from pathlib import Path


def with_libraries(program, *wanted):
    """Goes on in the Python of tools/setup, unless this one has what is wanted."""
    if all(importlib.util.find_spec(name) for name in wanted):
        return
    python = Path(os.environ.get("LIVEDATA_DEPS", "/opt/livedata")) / "python/bin/python3"
    if not python.exists() or Path(sys.executable) == python:
        sys.exit(f"{program}: the Python libraries of tools/setup are missing ({python})")
    os.execv(python, [python, "-B", *sys.argv])
