"""The auditor: everything a store claims, checked against everything else it says, and each contradiction named."""

from __future__ import annotations

from omscore.audit.findings import Finding, Law, Report
from omscore.audit.repair import repair
from omscore.audit.run import audit

__all__ = ["Finding", "Law", "Report", "audit", "repair"]
