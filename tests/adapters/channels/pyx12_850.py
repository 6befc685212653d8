"""`pyx12` as the receiver of a purchase order: it has no map of an 850, so one is put together from its own elements.

Which elements a segment has is told here; what they look like, what is wrong with them and how a 997 says so is the
business of `pyx12`.
"""

from __future__ import annotations

import io
from importlib.resources import files
from pathlib import Path
from shutil import copytree
from typing import Any
from xml.etree import ElementTree as Xml

import pyx12.params  # type: ignore[import-untyped]
import pyx12.x12n_document  # type: ignore[import-untyped]

# Elements by their number in the dictionary; an `!` marks those that must be there.
HEADER = {
    "BEG": "353! 92! 324! 328 373!",
    "CUR": "98! 100!",
    "REF": "128! 127",
    "N1": "98! 93 66 67",
    "N2": "93! 93",
    "N3": "166! 166",
    "N4": "19 156 116 26",
    "PER": "366! 93 365 364",
}
DETAIL = {"PO1": "350 330! 355 212! 639 235 234 235 234", "PID": "349! 750 559 751 352"}
FOOTER = {"CTT": "354! 347", "AMT": "522! 782!"}
MUST = ("BEG", "PO1")
_MISSING = """
<data_ele ele_num="92" data_type="ID" min_len="2" max_len="2" name="Purchase Order Type Code"/>
<data_ele ele_num="330" data_type="R" min_len="1" max_len="15" name="Quantity Ordered"/>"""
"""Elements of an 850 that no map of pyx12 has."""
_FIRST_OF_LOOP = {"N1", "PO1", "PID"}


def write_map(folder: Path) -> Path:
    """The maps of `pyx12`, and that of an 850 among them."""
    maps = folder / "map"
    copytree(Path(str(files("pyx12").joinpath("map"))), maps)
    tree = Xml.parse(maps / "830.4010.PS.xml")  # noqa: S314 (installed with pyx12)
    root = tree.getroot()
    root.set("xid", "850")
    codes = {"GS01": "PO", "ST01": "850"}
    for element in root.iter("element"):
        if (name := element.get("xid")) in codes:
            for code in element.iter("code"):
                code.text = codes[name]
        if name in ("ISA12", "ISA05", "ISA07", "GS08"):
            for code in list(element.iter("valid_codes")):
                element.remove(code)
    (sets,) = [loop for loop in root.iter("loop") if loop.get("xid") == "ST_LOOP"]
    for loop, segments in (("HEADER", HEADER), ("DETAIL", DETAIL), ("FOOTER", FOOTER)):
        (place,) = [each for each in sets if each.get("xid") == loop]
        for each in [*place.findall("loop"), *place.findall("segment")]:
            place.remove(each)
        place.set("type", "wrapper")
        _text(place, "repeat", "1")
        _fill(place, segments)
    (group,) = [loop for loop in root.iter("loop") if loop.get("xid") == "GS_LOOP"]
    for around in (group, sets):
        head, *ends = around.findall("segment")
        for number, each in enumerate((head, *around.findall("loop"), *ends), 1):
            _text(each, "pos", f"{number * 10:03}")
    tree.write(maps / "850.4010.xml")
    index = maps / "maps.xml"
    text = index.read_text(encoding="utf-8")
    entry = '<version icvn="00401">\n<map vriic="004010" fic="PO" abbr="850">850.4010.xml</map>'
    index.write_text(text.replace('<version icvn="00401">', entry), encoding="utf-8")
    elements = maps / "dataele.xml"
    text = elements.read_text(encoding="utf-8")
    elements.write_text(text.replace("<data_elements>", f"<data_elements>{_MISSING}"), encoding="utf-8")
    return maps


def _fill(place: Xml.Element, segments: dict[str, str]) -> None:
    inside = outer = place
    for number, (tag, elements) in enumerate(segments.items(), 1):
        if tag in _FIRST_OF_LOOP:
            inside = _child(outer if tag != "PID" else inside, "loop", {"xid": f"{tag}_LOOP"}, number, "S")
            inside.append(Xml.Element("repeat"))
            inside[-1].text = ">1"
            if tag == "PO1":
                inside[1].text = "R"
        segment = _child(inside, "segment", {"xid": tag}, number, "R" if tag in (*MUST, *_FIRST_OF_LOOP) else "S")
        Xml.SubElement(segment, "max_use").text = ">1"
        for at, each in enumerate(elements.split(), 1):
            element = Xml.SubElement(segment, "element", {"xid": f"{tag}{at:02}"})
            Xml.SubElement(element, "data_ele").text = each.rstrip("!")
            Xml.SubElement(element, "name").text = tag
            Xml.SubElement(element, "usage").text = "R" if each.endswith("!") else "S"
            Xml.SubElement(element, "seq").text = f"{at:02}"


def _text(place: Xml.Element, name: str, text: str) -> None:
    (found,) = place.findall(name)
    found.text = text


def _child(place: Xml.Element, kind: str, named: dict[str, str], number: int, usage: str) -> Xml.Element:
    made = Xml.SubElement(place, kind, named)
    Xml.SubElement(made, "name").text = named["xid"]
    Xml.SubElement(made, "usage").text = usage
    Xml.SubElement(made, "pos").text = f"{number * 10:03}"
    return made


def acknowledged_by_pyx12(document: bytes, maps: Path) -> bytes:
    """The 997 that `pyx12` answers the document with."""
    out = io.StringIO()
    params: Any = pyx12.params.params()
    source = io.StringIO(document.decode().replace("~\n", "~"), newline="")
    pyx12.x12n_document.x12n_document(params, source, out, None, map_path=str(maps))
    return out.getvalue().replace("\n", "").encode()
