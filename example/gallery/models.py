from django.db import models


class Document(models.Model):
    """An uploaded file.

    The field is Django's own and knows nothing of Holdfast: it uses the default storage, whichever that is. A
    second storage is named by its alias, ``FileField(storage=holdfast.use("vault"))``.
    """

    FOLDER = "gallery/"

    file = models.FileField(upload_to=FOLDER, max_length=300)

    def __str__(self) -> str:
        return self.file.name.removeprefix(self.FOLDER)
