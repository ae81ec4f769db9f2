"""All addresses of the portal; each app keeps its own under its prefix."""

from allauth.socialaccount.views import login_cancelled
from django.urls import include, path

from apps.accounts.signin.views import no_password
from portal import views

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("notices/", views.notices, name="notices"),
    path("theme/", views.theme, name="theme"),
    path("health/", views.health, name="health"),
    path("ready/", views.ready, name="ready"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("jobs/", include("apps.jobs.urls")),
    path("accounts/password/set/", no_password, name="account_set_password"),  # instead of allauth's
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("accounts/saml/", include("apps.accounts.signin.saml_urls")),
    path("accounts/cancelled/", login_cancelled, name="socialaccount_login_cancelled"),
    path("", include("apps.accounts.urls")),
    path("scope/", include("apps.accounts.scope_urls")),
    path("", include("apps.connections.tenant_urls")),
    path("audit/export/", include("apps.jobs.auditing.urls")),
    path("audit/", include("apps.audit.urls")),
    path("connections/", include("apps.connections.urls")),
    path("numbers/", include("apps.numbers.urls")),
    path("changes/", include("apps.changes.urls")),
    path("", include("django_prometheus.urls")),
]

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.not_found
handler500 = views.server_error
