"""The machine a run was made on: without it no figure means anything."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from pathlib import Path


def synced_per_s(folder: Path, *, seconds: float = 0.5) -> float:
    """How often a second this disk makes 4 KiB durable."""
    with (folder / "sync.bin").open("wb", buffering=0) as file:
        block, count = b"x" * 4096, 0
        start_s = now_s = time.perf_counter()
        while now_s - start_s < seconds:
            file.write(block)
            os.fdatasync(file.fileno())
            count += 1
            now_s = time.perf_counter()
    return count / (now_s - start_s)


def described() -> dict[str, str]:
    """The machine in words."""
    return {
        "cores": str(os.cpu_count()),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
