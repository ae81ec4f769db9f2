"""Addresses of people, of the permission table and of one's own profile."""

from django.urls import path

from apps.accounts import views
from apps.accounts.signin import views as signin

app_name = "accounts"
urlpatterns = [
    path("people/", views.people, name="list"),
    path("people/add/", views.add, name="add"),
    path("people/<int:pk>/", views.edit, name="edit"),
    path("people/<int:pk>/password/", views.password, name="password"),
    path("people/<int:pk>/switch/", views.switch, name="switch"),
    path("people/<int:pk>/link/", signin.send_link, name="send_link"),
    path("people/<int:pk>/second-factors/remove/", signin.remove_factors, name="remove_factors"),
    path("invitation/<str:token>/", signin.invitation, name="invitation"),
    path("settings/permissions/", views.permissions, name="permissions"),
    path("profile/", views.profile, name="profile"),
    path("profile/sessions/end/", signin.revoke_sessions, name="revoke_sessions"),
    path("step-up/", signin.step_up, name="step_up"),
    path("step-up/passkey/", signin.passkey_options, name="passkey_options"),
]
