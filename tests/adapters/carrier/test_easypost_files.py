"""Label files: named by their content, never by a carrier; nothing that lies in the way is followed or overwritten."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.errors import SetupError
from omscore_adapters.carrier_easypost.files import keep
from omscore_adapters.carrier_easypost.settings import LabelFormat
from tests.adapters.carrier.test_easypost import carrier, wish
from tests.kit.easypost_api import ZPL, FakeEasyPost

NAME = f"{sha256(ZPL).hexdigest()}.zpl"
HOSTILE = [
    "../../etc/cron.d/x.pdf",
    "/etc/passwd",
    "..%2f..%2fx",
    "CON",
    "aux.pdf",
    "x\x00.pdf",
    "a" * 5_000,
    "~/.ssh/id",
    ".htaccess",
    "-rf",
    "\u202egpj.exe",
    "..\\..\\x",
    "file.zpl;rm -rf",
    "",
    ".",
    "..",
]


@settings(max_examples=25)
@given(st.binary(max_size=200))
def test_a_file_is_named_by_its_content_and_kept_once(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        first = keep(Path(folder) / "labels", content, LabelFormat.PDF)
        assert first == keep(Path(folder) / "labels", content, LabelFormat.PDF)
        assert first.name == f"{sha256(content).hexdigest()}.pdf"
        assert [each.name for each in first.parent.iterdir()] == [first.name]
        assert first.read_bytes() == content


def test_a_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    kept = keep(tmp_path / "labels", ZPL, LabelFormat.ZPL)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_a_carrier_gives_reaches_the_disk(account: FakeEasyPost, tmp_path: Path, name: str) -> None:
    """The names stand beside the address of the file, as an account of a carrier might send them."""
    folder = tmp_path / "labels"
    with carrier(account, label_folder=folder) as port:
        account.fault("POST /shipments/shp_1/buy", "lost")
        with pytest.raises(Exception, match="looked up"):
            port.buy_label(wish())
        shipment = account.shipments["shp_1"]
        shipment["postage_label"] |= {"label_file_name": name, "label_file": name}
        shipment["selected_rate"] |= {"file_name": name}
        port.look_up_label("ord_1.f1.p1")
    assert [each.relative_to(tmp_path).as_posix() for each in sorted(tmp_path.rglob("*"))] == [
        "labels",
        f"labels/{NAME}",
    ]


@pytest.mark.parametrize(
    "kind", ["link to a file", "link to its like", "link to nothing", "folder", "other content", "pipe"]
)
def test_what_lies_in_the_way_is_neither_followed_nor_overwritten(tmp_path: Path, kind: str) -> None:
    victim, target = tmp_path / "victim", tmp_path / NAME
    victim.write_bytes(b"precious")
    match kind:
        case "link to a file":
            target.symlink_to(victim)
        case "link to its like":
            (tmp_path / "like").write_bytes(ZPL)
            target.symlink_to(tmp_path / "like")
        case "link to nothing":
            target.symlink_to(tmp_path / "nothing")
        case "folder":
            target.mkdir()
        case "pipe":
            os.mkfifo(target)
        case _:
            target.write_bytes(b"other")
    with pytest.raises(SetupError, match="label_folder"):
        keep(tmp_path, ZPL, LabelFormat.ZPL)
    assert victim.read_bytes() == b"precious"
    assert not (tmp_path / "nothing").exists()
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_draft_somebody_laid_as_a_link_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / f".{NAME}.{os.getpid()}").symlink_to(victim)
    assert keep(tmp_path, ZPL, LabelFormat.ZPL).read_bytes() == ZPL
    assert victim.read_bytes() == b"precious"


def test_a_folder_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SetupError, match="cannot be written"):
        keep(tmp_path / "file", ZPL, LabelFormat.ZPL)
