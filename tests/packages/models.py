"""One model with a file of every kind."""

from django.db import models
from easy_thumbnails.fields import ThumbnailerImageField
from imagekit.models import ImageSpecField, ProcessedImageField
from imagekit.processors import ResizeToFill

import holdfast


class Photo(models.Model):
    image = ThumbnailerImageField(upload_to="photos", width_field="width", height_field="height")
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    icon = ProcessedImageField(
        upload_to="icons", processors=[ResizeToFill(10, 10)], format="PNG", storage=holdfast.use("processed")
    )
    preview = ImageSpecField(source="image", processors=[ResizeToFill(20, 20)], format="PNG")

    def __str__(self):
        return self.image.name
