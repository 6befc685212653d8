"""Plugins as pip would leave them: a module and the entry points of its distribution, on the path for one test."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest


def install(folder: Path, patch: pytest.MonkeyPatch, name: str, source: str, entry_points: str) -> None:
    """A distribution of that name whose module is called after it, with these entry points."""
    module = name.replace("-", "_")
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / f"{module}.py").write_text(source, encoding="utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(entry_points, encoding="utf-8")
    if str(folder) not in sys.path:
        patch.syspath_prepend(str(folder))
    patch.delitem(sys.modules, module, raising=False)
    importlib.invalidate_caches()
