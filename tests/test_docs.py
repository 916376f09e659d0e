"""What the pages say is so."""

import re
from pathlib import Path

import pytest
from django.utils.module_loading import import_string

from holdfast.config import Config
from holdfast.options import options_of
from holdfast.stores import STORES

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


def blocks(page: str, language: str = "python") -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


def table(page: str) -> dict[str, str]:
    """Option to default, from the table of a page whose first column is called so."""
    _, _, rest = (ROOT / page).read_text().partition("| option | default | meaning |\n|---|---|---|\n")
    found = {}
    for line in rest.partition("\n\n")[0].splitlines():
        names, default, _ = line.strip("|").split("|", 2)
        found |= dict.fromkeys(re.findall(r"`(\w+)`", names), default.strip().strip("`"))
    return found


def test_the_readme_lists_every_store():
    assert set(STORES) == set(re.findall(r"docs/stores/(\w+)\.md\)", (ROOT / "README.md").read_text()))


@pytest.mark.parametrize("scheme", STORES)
def test_a_store_s_page_has_its_options_and_their_defaults(scheme):
    expected = {
        option.name: "required" if option.required else repr(option.default).replace("'", '"')
        for option in options_of(import_string(STORES[scheme])).values()
    }
    assert expected == table(f"docs/stores/{scheme}.md")


def test_the_readme_has_the_options_of_a_storage():
    assert list(options_of(Config)) == list(table("README.md"))


def test_the_readme_s_settings_can_be_built():
    namespace: dict = {}
    exec(blocks("README.md")[0], namespace)
    for settings in namespace["STORAGES"].values():
        options = settings.get("OPTIONS", {})
        if settings["BACKEND"] == "holdfast.RemoteStorage":
            assert import_string(settings["BACKEND"])(**options).store.label.startswith("s3://")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert [] == [link for link in links if not (page.parent / link).exists()]
