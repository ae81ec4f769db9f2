"""Addresses of exports of the audit log."""

from django.urls import path

from apps.jobs.auditing import views

app_name = "audit_export"
urlpatterns = [
    path("", views.export, name="export"),
    path("<uuid:public_id>/", views.download, name="download"),
]
