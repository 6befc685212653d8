"""Packages on the papers of their carrier: on one manifest for good, and with one collection after the other."""

from __future__ import annotations

from collections.abc import Sequence

from omscore.errors import RefusedError
from omscore.fulfillment import commands as c
from omscore.fulfillment import events as e
from omscore.fulfillment.model import FulfillmentOrder, HandOverPaper, Package
from omscore.records import changed


def mark_packages(work: FulfillmentOrder, command: c.MarkPackages) -> Sequence[e.FulfillmentEvent]:
    """Those of the packages whose mark changes, as a fact; none when there are none.

    Holds: a package is never on two manifests.
    Raises: RefusedError for a package without a label, and for one that is on another manifest.
    """
    changing = []
    for package in [work.package(each) for each in command.package_ids]:
        there = _paper_of(package, command.paper)
        if (there == command.paper_id) is not command.takes_off:
            continue
        if not command.takes_off:
            _check_free(package, command, there)
        changing.append(package.package_id)
    if not changing:
        return []
    return [
        e.PackagesMarked(
            fulfillment_id=work.fulfillment_id,
            order_id=work.order_id,
            paper=command.paper,
            paper_id=command.paper_id,
            package_ids=tuple(changing),
            takes_off=command.takes_off,
            at=command.at,
        )
    ]


def _check_free(package: Package, command: c.MarkPackages, there: str) -> None:
    if not package.is_labelled:
        raise RefusedError(
            f"package {package.package_id} has no label, so it cannot be on a {command.paper}",
            code="fulfillment.not_labelled",
        )
    if there and command.paper is HandOverPaper.MANIFEST:
        raise RefusedError(
            f"package {package.package_id} is on the manifest {there} already", code="fulfillment.on_manifest"
        )


def marked(work: FulfillmentOrder, event: e.PackagesMarked) -> FulfillmentOrder:
    """The work with the marks of its packages as they are now."""
    paper_id = "" if event.takes_off else event.paper_id
    return changed(
        work,
        packages=tuple(
            [
                _with_paper(each, event.paper, paper_id) if each.package_id in event.package_ids else each
                for each in work.packages
            ]
        ),
    )


def _paper_of(package: Package, paper: HandOverPaper) -> str:
    return package.manifest_id if paper is HandOverPaper.MANIFEST else package.pickup_id


def _with_paper(package: Package, paper: HandOverPaper, paper_id: str) -> Package:
    if paper is HandOverPaper.MANIFEST:
        return changed(package, manifest_id=paper_id)
    return changed(package, pickup_id=paper_id)
