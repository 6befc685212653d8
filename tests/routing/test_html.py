"""A decision in a notebook: whatever names it bears, the page stays one, and every location is on it."""

from __future__ import annotations

from html.parser import HTMLParser

from omscore.routing import route
from tests.routing.shops import ask, location, network, on_shelf


class Tags(HTMLParser):
    """Counts tags and keeps the text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_a_notebook_shows_every_location_and_runs_nothing() -> None:
    sku = '<script>alert("x")</script>'
    shop = network(location("A"), location("B"))
    decision = route(ask((1, sku, 3, 100)), shop, on_shelf(**{sku: {"A": 1, "B": 1}}))
    page = Tags()
    page.feed(decision._repr_html_())
    assert page.tags == {"table", "tr", "th", "td", "p", "ul", "li"}
    assert {"A", "B", f"1 x {sku}", f"1 x {sku}: only 2 of the 3 units are sellable"} <= set(page.text)
