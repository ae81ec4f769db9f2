"""Addresses of the audit log."""

from django.urls import path

from apps.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.entries, name="list"),
    path("filters/", views.filters, name="filters"),
    path("filters/<int:pk>/delete/", views.delete_filter, name="delete_filter"),
    path("<int:sequence>/", views.entry, name="detail"),
]
