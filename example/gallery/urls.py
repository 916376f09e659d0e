from django.urls import path

from gallery import views

urlpatterns = [
    path("", views.index, name="index"),
    path("upload", views.upload, name="upload"),
    path("delete/<int:pk>", views.delete, name="delete"),
    path("media/<path:name>", views.download, name="download"),  # MEDIA_URL: files of stores without URLs
]
