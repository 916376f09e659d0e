"""What a browser does with papers. The module holds on to a storage, as many do."""

from __future__ import annotations

from django import forms
from django.core.files.storage import default_storage, storages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse

from tests.project.models import Paper

vault = storages["vault"]
legacy = storages["legacy"]


class PaperForm(forms.ModelForm):
    class Meta:
        model = Paper
        fields = ["owner", "plain", "photo"]


def upload(request: HttpRequest) -> HttpResponse:
    form = PaperForm(request.POST, request.FILES)
    if not form.is_valid():
        return JsonResponse(form.errors, status=400)
    try:
        with transaction.atomic():
            paper = form.save()
    except ConnectionError:
        return JsonResponse({"error": "try again"}, status=503)
    return JsonResponse({"name": paper.plain.name, "url": paper.plain.url if paper.plain else ""}, status=201)


def download(request: HttpRequest, name: str) -> FileResponse:
    return FileResponse(default_storage.open(name))
