"""A case of the hostile corpus on the disk: a folder `in` with the files, and beside it the truth.

    truth.json   what the case is, what volpipe shall make of it, and the tolerance
    truth.npz    for each volume i: points_i (n x 3, mm, RAS as NIfTI has it), values_i (n), measured_i (n)"""
import io
import json
import zipfile
from dataclasses import dataclass, field

import numpy as np
from images import file_bytes

RAS_FROM_LPS = np.array([-1.0, -1.0, 1.0])


@dataclass
class Series:
    """files: (name, bytes) in the order of writing.  volumes: each a list of images, one a slice.  optional: how many of the
    volumes, from the last, a converter may leave out.  expect: right or refused."""
    files: list
    volumes: list
    expect: str = "right"
    optional: int = 0
    tolerance: float = 5.0
    padding: list = field(default_factory=list)

    def write(self, folder, name, about):
        """All of it, below folder/name."""
        top = folder / name
        (top / "in").mkdir(parents=True)
        for path, data in self.files:
            target = top / "in" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        arrays, facts = {}, []
        for i, volume in enumerate(self.volumes):
            arrays[f"points_{i}"] = np.concatenate([im.points().reshape(-1, 3) for im in volume]) * RAS_FROM_LPS
            arrays[f"values_{i}"] = np.concatenate([im.value.ravel() for im in volume]).astype(np.float64)
            arrays[f"measured_{i}"] = np.concatenate([im.measured.ravel() for im in volume])
            facts.append({"slices": len(volume), "gain": volume[0].gain, "offset": volume[0].offset})
        with zipfile.ZipFile(top / "truth.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            for key, array in arrays.items():
                data = io.BytesIO()
                np.save(data, array)
                archive.writestr(zipfile.ZipInfo(key + ".npy"), data.getvalue())
        text = {"about": about, "expect": self.expect, "tolerance": self.tolerance, "optional": self.optional,
                "padding": self.padding, "volumes": facts}
        (top / "truth.json").write_text(json.dumps(text, indent=1) + "\n")


def single(images, volumes=None, names="{:03d}.dcm", **more):
    """A Series of one file an image, in the order given; its one volume is the images, unless said."""
    files = [(names.format(k), file_bytes(image.dataset)) for k, image in enumerate(images)]
    return Series(files, [images] if volumes is None else volumes, **more)
