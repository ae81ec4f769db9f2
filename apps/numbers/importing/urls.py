"""Addresses of imports."""

from django.urls import path

from apps.numbers.importing import views

urlpatterns = [
    path("import/", views.start, name="import"),
    path("import/template.csv", views.template_csv, name="import_template_csv"),
    path("import/template.xlsx", views.template_xlsx, name="import_template_xlsx"),
    path("import/<uuid:run>/", views.show, name="import_run"),
    path("import/<uuid:run>/errors.csv", views.errors, name="import_errors"),
    path("import/<uuid:run>/apply/", views.apply, name="import_apply"),
    path("import/<uuid:run>/discard/", views.discard, name="import_discard"),
]
