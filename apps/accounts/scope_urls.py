"""Addresses of the scope switch and of seeing as a tenant."""

from django.urls import path

from apps.accounts import scope_views

app_name = "scope"
urlpatterns = [
    path("", scope_views.choose, name="choose"),
    path("stop/", scope_views.stop, name="stop"),
    path("ticket/", scope_views.ticket, name="ticket"),
    path("<slug:key>/view-as/", scope_views.view_as, name="view_as"),
]
