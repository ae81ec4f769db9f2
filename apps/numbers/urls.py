"""Addresses of numbers: the inventory here, buying in `market` and `purchase`, 911 in `emergency`."""

from django.urls import path, register_converter

from apps.numbers import assigning, marking, showing, views
from apps.numbers.emergency.urls import urlpatterns as emergency_urls
from apps.numbers.exporting.urls import urlpatterns as export_urls
from apps.numbers.importing.urls import urlpatterns as import_urls
from apps.numbers.market.urls import urlpatterns as market_urls
from apps.numbers.porting.urls import urlpatterns as porting_urls

app_name = "numbers"


class E164:
    """A number in an address, with or without its plus."""

    regex = r"\+?\d{7,15}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(E164, "e164")
urlpatterns = [
    *market_urls,
    *emergency_urls,
    *porting_urls,
    *export_urls,
    *import_urls,
    path("", views.number_list, name="list"),
    path("read/", views.read_lists, name="read"),
    path("read/accept/", views.accept_missing, name="accept_missing"),
    path("assign/", assigning.assign, name="assign"),
    path("tag/", marking.tag, name="tag"),
    path("columns/", showing.columns, name="columns"),
    path("views/", showing.saved, name="views"),
    path("views/<int:pk>/delete/", showing.delete_view, name="delete_view"),
    path("change/<slug:what>/", views.change, name="change"),
    path("<e164:number>/", views.detail, name="detail"),
    path("<e164:number>/history/", views.number_history, name="history"),
    path("<e164:number>/record/", views.number_record, name="record"),
    path("<e164:number>/journey/", views.journey, name="journey"),
    path("<e164:number>/live/", views.live, name="live"),
    path("<e164:number>/refresh/", views.refresh, name="refresh"),
    path("<e164:number>/assign/", assigning.assign_one, name="assign_one"),
    path("<e164:number>/tags/", marking.tag_one, name="tag_one"),
    path("<e164:number>/notes/", marking.note, name="note"),
    path("<e164:number>/change/<slug:what>/", views.change_one, name="change_one"),
]
