"""Addresses of the porting desk; included by the app's own `urls.py`."""

from django.urls import path

from apps.numbers.porting import views, wizard

urlpatterns = [
    path("porting/", views.port_list, name="port_list"),
    path("porting/new/", wizard.new, name="port_new"),
    path("porting/requests/<uuid:port_request>/", wizard.request_page, name="port_request"),
    path("porting/requests/<uuid:port_request>/numbers/", wizard.numbers, name="port_numbers"),
    path("porting/requests/<uuid:port_request>/orders/", wizard.grouping, name="port_grouping"),
    path("porting/requests/<uuid:port_request>/review/", wizard.review, name="port_review"),
    path("porting/requests/<uuid:port_request>/discard/", wizard.discard, name="port_discard"),
    path("porting/orders/<uuid:port_order>/", views.order_page, name="port_order"),
    path("porting/orders/<uuid:port_order>/details/", wizard.details, name="port_details"),
    path("porting/orders/<uuid:port_order>/papers/", wizard.papers, name="port_papers"),
    path("porting/orders/<uuid:port_order>/papers/<int:paper>/", views.paper, name="port_paper"),
    path("porting/orders/<uuid:port_order>/loa.pdf", views.loa, name="port_loa"),
    path("porting/orders/<uuid:port_order>/<slug:port_act>/", views.act, name="port_act"),
]
