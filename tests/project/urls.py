"""URLs of the project."""

from django.urls import path

from tests.project import views

urlpatterns = [path("upload/", views.upload), path("download/<path:name>", views.download)]
