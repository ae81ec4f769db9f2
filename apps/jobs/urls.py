from django.urls import path

from apps.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.jobs, name="list"),
    path("news/", views.news, name="news"),
    path("<uuid:public_id>/", views.detail, name="detail"),
    path("<uuid:public_id>/live/", views.live, name="live"),
    path("<uuid:public_id>/progress/", views.progress, name="progress"),
    path("<uuid:public_id>/result.csv", views.result, name="result"),
    path("<uuid:public_id>/log.txt", views.log, name="log"),
    path("<uuid:public_id>/items/<int:pk>/", views.settle, name="settle"),
    path("<uuid:public_id>/<str:action>/", views.act, name="act"),
]
