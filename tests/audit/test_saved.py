"""Filters that people keep."""

import pytest

from apps.audit.models import SavedFilter
from apps.audit.services import record

pytestmark = pytest.mark.django_db


def test_a_filter_is_saved_from_the_address_and_stands_above_the_list(client_for, aud):
    record("a.b", actor=None, ticket="T-1")
    client = client_for(aud)
    answer = client.post("/audit/filters/?ticket=T-1&cursor=zzz&sort=x", {"name": "My ticket"}, follow=True)
    assert answer.redirect_chain == [("/audit/?ticket=T-1", 302)]
    assert [(tab["label"], tab["active"]) for tab in answer.context["listing"].tab_links()][-1] == ("My ticket", True)


def test_private_ones_are_seen_by_their_owner_alone_and_shared_ones_by_all(client_for, aud, ada):
    record("a.b", actor=None)
    client_for(aud).post("/audit/filters/?ticket=T-1", {"name": "Mine"})
    client_for(aud).post("/audit/filters/?ticket=T-2", {"name": "Ours", "shared": "on"})
    for path in ("/audit/", "/audit/filters/"):
        page = client_for(ada).get(path)
        assert ">Ours<" in page.text.replace(" ", "")
        assert ">Mine<" not in page.text.replace(" ", "")


def test_only_the_owner_deletes_one(client_for, aud, ada):
    saved = SavedFilter.objects.create(owner=aud, name="Ours", query="ticket=T-1", shared=True)
    assert client_for(ada).post(f"/audit/filters/{saved.pk}/delete/").status_code == 404
    assert client_for(aud).post(f"/audit/filters/{saved.pk}/delete/").status_code == 302
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(
    ("query", "name", "said"),
    [
        ("ticket=T-1", "", "required"),
        ("ticket=T-1", "Taken", "already"),
        ("", "New", "Set a filter"),
        ("sort=x", "New", "Set a filter"),
    ],
)
def test_what_cannot_be_saved_says_why(query, name, said, client_for, aud):
    SavedFilter.objects.create(owner=aud, name="Taken", query="ticket=T-1")
    answer = client_for(aud).post(f"/audit/filters/?{query}", {"name": name})
    assert answer.status_code == 422
    assert said in answer.text
