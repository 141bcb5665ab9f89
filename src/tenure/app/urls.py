"""Which slice answers which path; `asgi.py` answers the tracking API before Django."""

from django.urls import include, path

urlpatterns = [path("", include("tenure.console.urls"))]
