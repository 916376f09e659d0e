import django
from django.conf import settings


def pytest_configure():
    settings.configure(
        INSTALLED_APPS=["holdfast"],
        CUSTOM_STORAGE_OPTIONS={"file": "files.sqlite3", "base_url": "/media/"},
    )
    django.setup()
