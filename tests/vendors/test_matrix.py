"""The support matrix tells what the registry holds, in the README as well."""

from pathlib import Path

from apps.vendors.core import matrix
from apps.vendors.core.operation import Effect
from apps.vendors.core.registry import vendors

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_shows_the_matrix_as_it_is() -> None:
    shown = README.read_text().partition("<!-- matrix -->\n")[2].partition("\n<!-- /matrix -->")[0]
    assert shown == matrix.markdown(), "put the output of `manage.py vendor matrix` between the README's matrix marks"


def test_areas_add_up_to_the_vendor() -> None:
    for vendor in vendors.all():
        counted = matrix.areas(vendor)
        for area in counted:
            assert sum(int(part.split()[0]) for part in area.checked.split(", ") if part) == area.total
        assert sum(area.total + area.not_callable for area in counted) == len(vendor.operations)
        for effect in Effect:
            of_effect = [op for op in vendor.operations.values() if op.effect is effect and not op.not_callable]
            assert sum(area.effects[effect] for area in counted) == len(of_effect)


def test_what_cannot_be_called_says_why_and_is_refused() -> None:
    record = vendors.get("solswitch").operations["tolls.sync"]
    assert "Toll Sync" in record.not_callable
    assert record.describe()["not_callable"] == record.not_callable
    assert [area.not_callable for area in matrix.areas(vendors.get("solswitch")) if area.title == "billing"] == [1]


def test_doors_are_the_same_for_every_vendor_and_offered_by_their_own() -> None:
    titles = {tuple(door.title for door in matrix.doors(vendor)) for vendor in vendors.all()}
    assert len(titles) == 1
    for vendor in vendors.all():
        assert sum(door.offered for door in matrix.doors(vendor)) == len(vendor.capabilities)
    assert not any(door.offered for door in matrix.doors(None))
