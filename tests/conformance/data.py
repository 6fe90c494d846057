"""Where the shared data lies: archives unpacked once into a cache, plain folders used as they are."""
import tarfile
from pathlib import Path


class Absent(Exception):
    """The case's data is not there; the case is not run."""


class Data:
    """The shared data folder and the cache beside the build."""

    def __init__(self, root, work):
        self.root, self.work = Path(root).resolve(), Path(work).resolve()

    def folder(self, name):
        """The folder of a case: NAME/ itself, or NAME.tar.xz unpacked."""
        plain, archive = self.root / name, self.root / f"{name}.tar.xz"
        if plain.is_dir():
            return plain
        if not archive.is_file():
            raise Absent(f"no {name} in the data")
        return self.unpacked(archive, name)

    def unpacked(self, archive, name):
        """Unpack into the cache by way of a temporary name, so that an interrupted run leaves no half a case."""
        target, partial = self.work / name, self.work / f"{name}.partial"
        if not target.is_dir():
            partial.mkdir(parents=True, exist_ok=True)
            with tarfile.open(archive) as tar:
                tar.extractall(partial, members=[m for m in tar if m.isdir() or m.isfile()])
            (partial / name).rename(target)
            partial.rmdir()
        return target

    def path(self, relative):
        """A file or folder given as NAME/rest."""
        name, _, rest = relative.partition("/")
        path = self.folder(name) / rest
        if not path.exists():
            raise Absent(f"no {relative} in the data")
        return path
