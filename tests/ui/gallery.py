"""Addresses that show every pattern with made-up content, for the tests that look at them in a browser."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import django_filters
from django import forms
from django.db.models import Value
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.accounts.models import Role, User
from apps.ui.forms import SecretInput, TypedConfirmation
from apps.ui.http import toast
from apps.ui.lists import BulkAction, Empty, Tab, build_list, list_response
from apps.ui.patterns import COMPENSABLE, MANUAL, ONE_WAY, Cost, PageTab, Step, stages
from apps.ui.selection import Selection
from portal import urls as portal_urls
from portal import views

TRUNKS = ("Seattle main", "Toll-free in", "Overflow")
STATES = ("active", "reserved", "pending", "failed", "inactive", "needs_person")


def draw(request: HttpRequest, source: str, context: dict | None = None, status: int = 200) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(source).render(context or {}, request), status=status)


class PersonFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="username", lookup_expr="icontains", label="Name or number")
    role = django_filters.ChoiceFilter(choices=Role.choices, empty_label="Any", label="Role")
    joined = django_filters.DateFilter(field_name="date_joined", lookup_expr="date__gte", label="Since")

    class Meta:
        model = User
        fields: list[str] = []


TABLE = """
<table class="table table-cards">
  <thead><tr>{% selectbox_head %}{% sort_head listing "username" "Number" %}<th scope="col">Status</th>
    <th scope="col">Trunk group</th><th scope="col">CNAM</th><th scope="col" class="figures">Rate</th>
    {% sort_head listing "joined" "Seen" %}</tr></thead>
  <tbody>{% for row in listing.rows %}<tr>{% selectbox row.pk row.username %}
    <td class="card-main">{% number row.sample.number "/" %}</td>
    <td data-label="Status">{% status row.sample.state %}</td><td data-label="Trunk group">{{ row.sample.trunk }}</td>
    <td data-label="CNAM"><span class="mono">{{ row.username|upper }}</span></td>
    <td data-label="Rate" class="figures">{{ row.sample.rate|money }}</td>
    <td data-label="Seen">{{ row.date_joined|ago }}</td></tr>{% endfor %}</tbody>
</table>"""


def people(request: HttpRequest) -> HttpResponse:
    listing = build_list(
        request,
        User.objects.none() if "nobody" in request.GET else User.objects.annotate(one=Value(1)),
        table=engines["django"].from_string(TABLE),  # type: ignore[arg-type]  # {% include %} takes a template as well
        noun="number",
        filterset=PersonFilter,
        order=("username", "pk"),
        sorts={
            "username": ("username", "pk"),
            "-username": ("-username", "-pk"),
            "joined": ("date_joined", "pk"),
            "-joined": ("-date_joined", "-pk"),
        },
        size=25,
        bulk=[
            BulkAction("Change trunk group", "/gallery/plan/", "route"),
            BulkAction("Set inactive", "/gallery/picked/", "player-pause"),
            BulkAction("Cancel numbers", "/gallery/picked/", "trash", danger=True),
        ],
        tabs=[Tab("All"), Tab("Administrators", "role=administrator"), Tab("Support", "role=support", 12)],
        empty=Empty("No numbers yet", "Numbers you buy or port appear here.", "Find numbers", "/", "hash"),
    )
    for row in listing.rows:
        row.sample = SimpleNamespace(
            number=f"+1206555{row.pk % 10000:04d}",
            state=STATES[row.pk % len(STATES)],
            trunk=TRUNKS[row.pk % 3],
            rate=Decimal("0.35") + row.pk % 7,
        )
    if listing.fragment:
        return list_response(request, "ui/list.html", listing)
    page = "{% extends 'ui/list.html' %}{% block title %}Numbers{% endblock %}{% block heading %}My numbers{% endblock %}"
    page += "{% block subtitle %}<span>From carrier-main</span><span>Seen 2 min ago</span>{% endblock %}"
    page += "{% block actions %}<a class='btn btn-primary' href='/'>Find numbers</a>{% endblock %}"
    return draw(request, page, {"listing": listing}, status=422 if listing.invalid else 200)


def picked(request: HttpRequest) -> HttpResponse:
    selection = Selection.from_request(request)
    count = selection.rows(User.objects.all(), PersonFilter).count()
    return HttpResponse(f"picked {count} everything={selection.everything}")


def steps() -> list[Step]:
    plain = [Step(f"+120655501{n:02d}", "Trunk group", "Seattle main", "Overflow", "carrier-main") for n in range(6)]
    return [
        *plain,
        Step("Front desk", "Schedule", "Weekdays", "Always open", "office-pbx", COMPENSABLE, "The old hours are kept"),
        Step("CNAM", "Caller name", "ACME", "ACME WEST", "carrier-main", MANUAL, "Change it in the carrier's own portal"),
        Step("+12065550177", "Status", "Active", "Cancelled", "carrier-main", ONE_WAY),
    ]


def plan(request: HttpRequest) -> HttpResponse:
    confirmation = TypedConfirmation(request.POST if "typed" in request.POST else None, expected="300")
    return draw(
        request,
        "{% extends 'ui/plan.html' %}{% block title %}Plan{% endblock %}{% block heading %}Change 300 numbers{% endblock %}"
        "{% block subtitle %}Nothing has been sent yet{% endblock %}",
        {
            "steps": steps(),
            "more": 291,
            "costs": [
                Cost("300 numbers", Decimal("105")),
                Cost("Taxes and fees", Decimal("9.5")),
                Cost("Due now", Decimal("114.5"), total=True),
                Cost("Then", Decimal("75"), monthly=True),
                Cost("Balance afterwards", Decimal("-12.25")),
            ],
            "depends": ["12 numbers ring the front desk", "One queue announces +1 206-555-0177"],
            "confirmation": confirmation,
            "brake": "This touches 38 % of your numbers, and one step cannot be undone.",
            "button": "Pay $114.50 and change 300 numbers",
            "cancel_url": "/",
            "read_at": timezone.now() - timedelta(seconds=20),
        },
        status=422 if confirmation.errors else 200,
    )


def job(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    return draw(
        request,
        "{% extends 'ui/job.html' %}{% block title %}Job{% endblock %}{% block heading %}{{ job.title }}{% endblock %}"
        "{% block subtitle %}Started {{ started|ago }} by ada · carrier-main{% endblock %}"
        "{% block actions %}<button class='btn'>{% icon 'player-pause' %}Pause</button>"
        "<button class='btn btn-danger-quiet'>{% icon 'player-stop' %}Cancel</button>{% endblock %}"
        "{% block items %}<section class='card'><div class='card-header'><h2>Items</h2>"
        "<span class='card-end'>failed first</span></div><div class='table-wrap'><table class='table table-cards'>"
        "<thead><tr><th scope='col'>Item</th><th scope='col'>State</th><th scope='col'>Note</th></tr></thead><tbody>"
        "{% for label, state, text in items %}<tr><td class='card-main'>{{ label }}</td>"
        "<td data-label='State'>{% status state %}</td><td data-label='Note'>{{ text }}</td></tr>"
        "{% endfor %}</tbody></table></div></section>{% endblock %}"
        "{% block log %}{% include 'ui/_log.html' %}{% endblock %}",
        {
            "started": now - timedelta(minutes=3),
            "job": SimpleNamespace(
                title="Reserve 300 numbers in WA 206-555",
                state="running",
                total=300,
                done=187,
                failed=4,
                settled=191,
                left=109,
                pace=3.4,
            ),
            "items": [
                ("206-555, batch 3", "failed", "The carrier says: not available. Nothing was reserved."),
                ("206-555, batch 7", "running", ""),
                ("206-555, batch 1", "done", "50 reserved"),
                ("206-555, batch 8", "pending", ""),
            ],
            "lines": [
                SimpleNamespace(at=now, text="Started", level="info"),
                SimpleNamespace(at=now, text="Batch 1 reserved 50 numbers", level="info"),
                SimpleNamespace(at=now, text="Batch 3 was refused", level="error"),
            ],
        },
    )


def thing(request: HttpRequest) -> HttpResponse:
    return draw(
        request,
        "{% extends 'ui/object.html' %}{% block title %}Number{% endblock %}"
        "{% block crumbs %}<a href='/'>Numbers</a>{% icon 'chevron-right' %}{% endblock %}"
        "{% block heading %}<span class='copy-shown'>{% number '+12065550100' %}</span>{% endblock %}"
        "{% block subtitle %}{% status 'active' %}<span>$0.35 a month</span><span>Seen {{ seen|ago }}</span>{% endblock %}"
        "{% block actions %}<button class='btn btn-primary'>Change trunk group</button>{% endblock %}"
        "{% block facts %}<section class='card'>"
        "{% include 'ui/_group_head.html' with title='Number' source='carrier-main' seen_at=seen refresh_url='/' %}"
        "<div class='card-body'><dl class='facts'><dt>Trunk group</dt><dd>Seattle main</dd><dt>Kind</dt><dd>Local</dd>"
        "<dt>CNAM</dt><dd><span class='mono'>ACME WEST</span></dd><dt>Bought</dt><dd>{% when seen %}</dd></dl></div></section>"
        "<section class='card'>{% include 'ui/_group_head.html' with title='911' source='carrier-main' %}"
        "<div class='card-body text-secondary'>The carrier has no call that reads the emergency address.</div></section>"
        "{% include 'ui/_error.html' with title='The carrier did not answer' happened='We asked it to read the order.' "
        "effect='No. Reading changes nothing.' next_step='Try again in a minute.' reference='7b1f0c52' level='warning' %}"
        "{% endblock %}"
        "{% block aside %}<section class='card'><div class='card-header'><h2>Last changes</h2></div>"
        "<div class='card-body text-secondary'>Nothing yet.</div></section>{% endblock %}",
        {
            "seen": timezone.now() - timedelta(minutes=4),
            "page_tabs": [
                PageTab("Overview", "/gallery/object/", active=True),
                PageTab("Changes", "/gallery/object/", count=3),
                PageTab("Vendor record", "/gallery/object/"),
            ],
        },
    )


class ConnectionForm(forms.Form):
    name = forms.SlugField(help_text="Short, in lower case; shown everywhere.")
    vendor = forms.ChoiceField(choices=[("", "Choose…"), ("carrier", "Carrier")])
    base_url = forms.URLField(label="Address", assume_scheme="https")
    token = forms.CharField(widget=SecretInput(has_value=True), required=False)
    rate = forms.IntegerField(label="Calls a second", min_value=1, help_text="What the vendor allows.")
    since = forms.DateField(required=False)
    pem = forms.CharField(label="CA certificate", widget=forms.Textarea, required=False)
    verify = forms.BooleanField(label="Verify its certificate", required=False, help_text="Switch off only in writing.")
    mode = forms.ChoiceField(widget=forms.RadioSelect, choices=[("live", "Live"), ("sandbox", "Sandbox")])


def wizard(request: HttpRequest) -> HttpResponse:
    form = ConnectionForm(request.POST or None)
    return draw(
        request,
        "{% extends 'ui/wizard.html' %}{% block title %}New connection{% endblock %}"
        "{% block heading %}New connection{% endblock %}"
        "{% block summary %}<section class='card'><div class='card-header'><h2>So far</h2></div><div class='card-body'>"
        "<dl class='facts'><dt>Vendor</dt><dd>Carrier</dd></dl></div></section>{% endblock %}",
        {
            "form": form,
            "stages": stages([("Vendor", "/gallery/wizard/"), ("Address", ""), ("Limits", ""), ("Test", "")], 1),
            "back_url": "/",
        },
        status=422 if form.errors else 200,
    )


def toasted(request: HttpRequest) -> HttpResponse:
    return toast(HttpResponse("swapped"), "Saved the trunk group", url="/", link="Show it")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


def buttons(request: HttpRequest) -> HttpResponse:
    return draw(
        request,
        "{% extends 'base.html' %}{% block title %}Buttons{% endblock %}{% block heading %}Buttons{% endblock %}"
        "{% block content %}<button id='good' class='btn' hx-get='/gallery/toasted/' hx-target='#out'>Good</button>"
        "<button id='bad' class='btn' hx-get='/gallery/broken/' hx-target='#out'>Bad</button>"
        "<button id='ask' class='btn' hx-get='/gallery/dialog/' hx-target='#dialog-body'>Ask</button>"
        "<button id='send' class='btn' hx-post='/gallery/posted/' hx-target='#out'>Send</button>"
        "<div id='out'></div>{% endblock %}",
    )


@require_POST
def posted(request: HttpRequest) -> HttpResponse:
    return HttpResponse("arrived")


def dialog(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<div class='card-body'><p>Really?</p><button class='btn' data-dialog-close>No</button></div>")


urlpatterns = [
    path("gallery/list/", people),
    path("gallery/picked/", picked),
    path("gallery/plan/", plan),
    path("gallery/job/", job),
    path("gallery/object/", thing),
    path("gallery/wizard/", wizard),
    path("gallery/toasted/", toasted),
    path("gallery/broken/", broken),
    path("gallery/buttons/", buttons),
    path("gallery/dialog/", dialog),
    path("gallery/posted/", posted),
    path("", include(portal_urls)),
]

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.not_found
handler500 = views.server_error
