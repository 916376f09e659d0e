from django import forms

from gallery.models import Document


class DocumentForm(forms.ModelForm):
    class Meta:
        model = Document
        fields = ["file"]
