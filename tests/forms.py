"""Forms that take files."""

from __future__ import annotations

from django import forms

from tests.models import Document, Picture


class DocumentForm(forms.ModelForm):
    class Meta:
        model = Document
        fields = ["owner", "file", "extra"]


class PictureForm(forms.ModelForm):
    class Meta:
        model = Picture
        fields = ["image"]
