"""SAML's addresses, under accounts/saml/."""

from django.urls import path

from apps.accounts.signin import saml_views as views

urlpatterns = [
    path("login/", views.login, name="saml_login"),
    path("acs/", views.acs, name="saml_acs"),
    path("finish/", views.finish, name="saml_finish"),
    path("metadata/", views.metadata, name="saml_metadata"),
]
