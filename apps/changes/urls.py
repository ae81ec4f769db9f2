from django.urls import path

from apps.changes import views

app_name = "changes"
urlpatterns = [
    path("<uuid:public_id>/", views.plan, name="plan"),
    path("<uuid:public_id>/apply/", views.apply, name="apply"),
    path("<uuid:public_id>/<slug:action>/", views.act, name="act"),
]
