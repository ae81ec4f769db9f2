"""Addresses of buying numbers; included by the app's own `urls.py`."""

from django.urls import path

from apps.numbers.market import purchases, views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("search/add/", views.add, name="add"),
    path("cart/", purchases.cart_page, name="cart"),
    path("cart/panel/", purchases.panel, name="cart_panel"),
    path("orders/", purchases.orders, name="orders"),
    path("orders/<uuid:public_id>/", purchases.detail, name="purchase"),
    path("orders/<uuid:public_id>/live/", purchases.live, name="purchase_live"),
    path("orders/<uuid:public_id>/<slug:action>/", purchases.act, name="purchase_act"),
]
