from django.urls import include, path

urlpatterns = [path("", include("gallery.urls"))]
