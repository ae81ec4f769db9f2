"""Addresses of the 911 board, under /numbers/911/."""

from django.urls import path

from apps.numbers.emergency import changing, views

urlpatterns = [
    path("911/", views.board, name="emergency"),
    path("911/export.csv", views.export, name="emergency_export"),
    path("911/read/", views.read, name="emergency_read"),
    path("911/read/accept/", views.accept_missing, name="emergency_accept"),
    path("911/<int:subject>/", views.subject, name="emergency_subject"),
    path("911/record/<int:statement>/", views.statement, name="emergency_record"),
    path("911/record/<int:statement>/change/", changing.change, name="emergency_change"),
    path("911/record/<int:statement>/remove/", changing.remove, name="emergency_remove"),
    path("911/locations/add/", changing.add_location, name="emergency_add"),
    path("911/locations/stand/", changing.stand, name="emergency_stand"),
    path("911/override/<uuid:plan>/", changing.override, name="emergency_override"),
]
