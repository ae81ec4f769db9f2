"""Addresses of exports of the list."""

from django.urls import path

from apps.numbers.exporting import views

urlpatterns = [
    path("export/", views.export, name="export"),
    path("export.csv", views.at_once, name="export_csv"),
    path("export/<uuid:job>/", views.download, name="export_file"),
]
