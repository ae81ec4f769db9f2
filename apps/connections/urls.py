"""Addresses of connections and of the operation console."""

from django.urls import path

from apps.connections import console_views, reveal, views

app_name = "connections"
urlpatterns = [
    path("", views.connection_list, name="list"),
    path("add/", views.add, name="add"),
    path("<slug:name>/", views.detail, name="detail"),
    path("<slug:name>/edit/", views.edit, name="edit"),
    path("<slug:name>/test/", views.test, name="test"),
    path("<slug:name>/switch/", views.switch, name="switch"),
    path("<slug:name>/delete/", views.delete, name="delete"),
    path("<slug:name>/reveal/", reveal.reveal, name="reveal"),
    path("<slug:name>/console/", console_views.console, name="console"),
    path("<slug:name>/console/result/<uuid:token>.json", console_views.result, name="console_result"),
    path("<slug:name>/console/<str:operation>/", console_views.operation, name="operation"),
]
