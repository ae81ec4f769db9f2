"""Addresses of the audit log."""

from django.urls import path

from apps.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.entries, name="list"),
    path("<int:sequence>/", views.entry, name="detail"),
]
