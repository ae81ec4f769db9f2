from django.urls import path

from apps.changes import views
from apps.changes.approvals import views as approvals

app_name = "changes"
urlpatterns = [
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/rules/", approvals.rules, name="approval_rules"),
    path("approvals/<uuid:approval>/", approvals.approval, name="approval"),
    path("approvals/<uuid:approval>/approve/", approvals.approve, name="approval_approve"),
    path("approvals/<uuid:approval>/refuse/", approvals.refuse, name="approval_refuse"),
    path("approvals/<uuid:approval>/comment/", approvals.comment, name="approval_comment"),
    path("approvals/<uuid:approval>/withdraw/", approvals.withdraw, name="approval_withdraw"),
    path("<uuid:public_id>/", views.plan, name="plan"),
    path("<uuid:public_id>/apply/", views.apply, name="apply"),
    path("<uuid:public_id>/ask/", views.ask, name="ask"),
    path("<uuid:public_id>/<slug:action>/", views.act, name="act"),
]
