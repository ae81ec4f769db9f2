"""Addresses of tenants and of people's limits."""

from django.urls import path

from apps.connections import tenant_views

app_name = "tenants"
urlpatterns = [
    path("company/", tenant_views.own, name="own"),
    path("tenants/", tenant_views.tenant_list, name="list"),
    path("tenants/add/", tenant_views.add, name="add"),
    path("tenants/<slug:key>/", tenant_views.detail, name="detail"),
    path("tenants/<slug:key>/edit/", tenant_views.edit, name="edit"),
    path("tenants/<slug:key>/link/<slug:connection>/", tenant_views.link, name="link"),
    path("tenants/<slug:key>/unlink/<int:pk>/", tenant_views.unlink, name="unlink"),
    path("people/<int:pk>/limits/", tenant_views.limits, name="limits"),
]
