"""Tables in folders, as the Iceberg specification's "File System Tables" has them, for PyIceberg: a version is a
file that is created exclusively, and version-hint.text says which is the newest."""

import os
import re

from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.io import load_file_io
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table.metadata import new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER
from pyiceberg.table.update import update_table_metadata
from pyiceberg.serializers import FromInputFile


class FolderCatalog(NoopCatalog):
    def __init__(self):
        super().__init__("folders")

    def create(self, folder, schema, spec=UNPARTITIONED_PARTITION_SPEC):
        os.makedirs(f"{folder}/metadata")
        os.makedirs(f"{folder}/data")
        metadata = new_table_metadata(schema, spec, UNSORTED_SORT_ORDER, f"file://{folder}")
        self._publish(folder, 1, metadata)
        return self.load(folder)

    def load(self, folder):
        versions = [re.fullmatch(r"v(\d+)\.metadata\.json", name) for name in os.listdir(f"{folder}/metadata")]
        newest = max(int(found.group(1)) for found in versions if found)
        location = f"file://{folder}/metadata/v{newest}.metadata.json"
        io = load_file_io()
        metadata = FromInputFile.table_metadata(io.new_input(location))
        return Table(("folder", "table"), metadata, location, io, self)

    def load_table(self, identifier):
        raise NotImplementedError

    def commit_table(self, table, requirements, updates):
        for requirement in requirements:
            requirement.validate(table.metadata)
        metadata = update_table_metadata(table.metadata, updates, False, table.metadata_location)
        folder, version = re.fullmatch(r"file://(.*)/metadata/v(\d+)\.metadata\.json", table.metadata_location).groups()
        location = self._publish(folder, int(version) + 1, metadata)
        return CommitTableResponse(metadata=metadata, metadata_location=location)

    def _publish(self, folder, version, metadata):
        path = f"{folder}/metadata/v{version}.metadata.json"
        with open(path, "x") as file:
            file.write(metadata.model_dump_json())
        with open(f"{folder}/metadata/version-hint.text", "w") as file:
            file.write(str(version))
        return f"file://{path}"
