"""`manage.py demo`: every file to the store and back, and then the page."""

import errno
from argparse import ArgumentParser
from collections.abc import Iterator
from importlib.metadata import version

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.core.management import BaseCommand, CommandError, call_command
from django.core.servers.basehttp import get_internal_wsgi_application, run

from gallery import round_trip, table
from gallery.round_trip import FILES, FOLDERS, Row
from holdfast import Feature, StoreError

HOST = "127.0.0.1"
PORTS = range(8000, 8100)


class Command(BaseCommand):
    help = "Save the files of example/files, read them back and compare; then show them on a page of this machine."
    requires_system_checks = []  # what is wrong with the store is said in one line below

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop after the table")
        parser.add_argument(
            "--store",
            metavar="SPEC",
            help="such as s3://bucket?endpoint=http://127.0.0.1:9000, with the keys in AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY; without it $STORE, and without that local://",
        )

    def handle(self, *, once: bool, store: str | None, **options) -> None:
        if store:  # nothing has used the storage so far: it is built from this
            settings.STORAGES["default"]["OPTIONS"]["store"] = store
        try:
            self.round_trip()
            if not once:
                self.serve()
        except (StoreError, SuspiciousFileOperation, ImproperlyConfigured) as error:
            raise CommandError(" ".join(str(error).split())) from error
        except KeyboardInterrupt:
            raise CommandError("Interrupted.", returncode=130) from None

    # ---------------------------------------------------------------- the table

    def round_trip(self) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        label = default_storage.store.label
        self.stdout.write(f"Holdfast {version('holdfast')}, Django {django.__version__}, files in {label}")
        if count := round_trip.clean():
            self.stdout.write(f"Deleted {count} files of an earlier run from {' and '.join(FOLDERS)}")

        direct = {round_trip.save_with_storage(path, path.name): path for path in FILES}
        models = {round_trip.save_with_model(path, path.name).pk: path for path in FILES}
        taken, other = FILES[0], FILES[-1]  # the bytes of one under the name of the other
        second = round_trip.save_with_storage(other, taken.name)

        self.stdout.write(f"\n{table.head()}")
        rows = [
            *self.show("default_storage.save()", round_trip.check_storage(direct)),
            *self.show("document.file.save()", round_trip.check_model(models)),
            *self.show(f"the taken name demo/{taken.name} saved again", round_trip.check_storage({second: other})),
        ]
        if faults := [row for row in rows if row.fault]:
            raise CommandError(f"{len(faults)} of {len(rows)} files did not come back as they were saved.")
        self.stdout.write(f"\ndemo/{taken.name} was taken: the second is {second}, the first as it was.")
        if Feature.SIGN in default_storage.store.features:
            self.stdout.write(f"Signed URLs are long. One of them, good for an hour:\n{rows[2].url}")
        self.stdout.write(
            self.style.SUCCESS(f"{len(rows)} files saved, listed and read back: every digest matches.")
        )

    def show(self, title: str, rows: Iterator[Row]) -> Iterator[Row]:
        self.stdout.write(f"\n  {title}")
        for row in rows:
            style = self.style.ERROR if row.fault else str
            self.stdout.write(table.line(row), style)
            if row.fault:
                self.stdout.write(f"  {row.fault}", style)
            yield row

    # ---------------------------------------------------------------- the page

    def serve(self) -> None:
        """Until Ctrl-C, on the first port that is free; only this machine can reach it."""
        for port in PORTS:
            try:
                run(HOST, port, get_internal_wsgi_application(), threading=True, on_bind=self.tell)
            except KeyboardInterrupt:
                self.stdout.write("")
                return
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
        raise CommandError(f"The ports {PORTS[0]} to {PORTS[-1]} are all taken.")

    def tell(self, port: int) -> None:
        self.stdout.write(f"\nThe page: http://{HOST}:{port}/ (Ctrl-C ends it)")
        self.stdout.flush()
