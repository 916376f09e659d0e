"""The page: upload, see, open, delete."""

from django.contrib import messages
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from gallery.forms import DocumentForm
from gallery.links import link
from gallery.models import Document
from holdfast import InvalidKey, NotFound, StoreError

# The messages of these errors name the store and the file, and never a secret. Here they are shown to the person
# who runs the store; a public site would log them and say less.
TROUBLE = (StoreError, SuspiciousFileOperation)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return page(request, DocumentForm())


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    form = DocumentForm(request.POST, request.FILES)
    if not form.is_valid():
        return page(request, form, status=400)
    try:
        document = form.save()
    except TROUBLE as error:
        messages.error(request, f"The file was not kept. {error}")
    else:
        messages.success(request, f"Kept as {document}.")
    return redirect("index")


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    document = get_object_or_404(Document, pk=pk)
    try:
        # The file first: if that fails the row still shows it, and a second attempt does no harm.
        document.file.storage.delete(document.file.name)
    except TROUBLE as error:
        messages.error(request, f"The file was not deleted. {error}")
    else:
        document.delete()
        messages.success(request, f"Deleted {document}.")
    return redirect("index")


@require_safe
def download(request: HttpRequest, name: str) -> HttpResponse:
    """A file of a store that has no URLs of its own, streamed: no more than a chunk of it is in memory.

    Always as a download of exactly the declared type: HTML or SVG of a stranger's, shown in this site's name,
    could act as whoever looks at it.
    """
    try:
        file = default_storage.open(name)
    except (NotFound, InvalidKey) as error:
        raise Http404(str(error)) from error
    except StoreError as error:
        messages.error(request, f"The file cannot be opened. {error}")
        return redirect("index")
    return FileResponse(file, as_attachment=True, headers={"X-Content-Type-Options": "nosniff"})


def page(request: HttpRequest, form: DocumentForm, status: int = 200) -> HttpResponse:
    documents = []
    try:
        # One listing tells the sizes and the times of all files; asking each of them would be a request apiece.
        entries = {entry.key: entry for entry in default_storage.walk(Document.FOLDER)}
        for document in Document.objects.order_by("-pk"):
            entry = entries.get(document.file.name)
            documents.append((document, entry, entry and link(entry.key)))
    except TROUBLE as error:
        messages.error(request, f"The files cannot be listed. {error}")
        status = 503
    context = {"form": form, "documents": documents, "store": default_storage.store.label}
    return render(request, "gallery/index.html", context, status=status)
