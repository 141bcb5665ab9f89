"""Which slice answers which path. The tracking API is not here: `asgi.py` answers it before Django."""

from django.urls import include, path

urlpatterns = [path("", include("tenure.console.urls"))]
