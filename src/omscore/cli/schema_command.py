"""`omscore schema`: the JSON schema of a shop.toml, for an editor to complete and check it by."""

from __future__ import annotations

import json

import click

from omscore.plugins.discovery import installed_settings
from omscore.policy.schema import shop_schema


@click.command()
def schema() -> None:
    """Print the JSON schema of shop.toml, with the settings of every installed plugin.

    Name the file in the first line of a shop.toml (#:schema ./shop.schema.json) and an editor completes its keys.
    """
    click.echo(json.dumps(shop_schema(installed_settings()), indent=2, ensure_ascii=False))
