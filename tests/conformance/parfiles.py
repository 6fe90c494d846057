"""PAR/REC by nibabel, and images for PAR files that came without any."""
import contextlib
import re
import shutil
import warnings

import nibabel
import numpy as np

from volume import LPS_FROM_RAS, Mismatch, Volume, align, corner_distance

CORNER_MM = 0.01


@contextlib.contextmanager
def tolerant():
    """nibabel without its comments."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def lines_of(path):
    """The table of a PAR file: a row of words for each image, and the general information, by name."""
    text = path.read_text(encoding="latin-1")
    rows = [line.split() for line in text.splitlines() if line.strip() and line.strip()[0] not in "#."]
    general = dict(line.strip(". ").partition(":")[::2] for line in text.splitlines() if line.startswith("."))
    return rows, {name.strip(): value.strip() for name, value in general.items()}


def make_images(path, folder):
    """The PAR file with a REC file beside it, in a folder: image n has 7 n in each pixel, and more along rows and columns."""
    made = folder / path.name
    shutil.copyfile(path, made)
    rows, general = lines_of(path)
    once = next((value for name, value in general.items() if name.startswith("Recon resolution")), None)
    columns, lines = (int(word) for word in (once.split() if once else rows[0][9:11]))
    images = 1 + max(int(row[6]) for row in rows)
    pixel = np.arange(columns)[None, :] % 5 + np.arange(lines)[:, None] % 2
    voxels = (7 * np.arange(images)[:, None, None] + pixel).astype("<u2")
    made.with_suffix(".REC").write_bytes(voxels.tobytes())
    return made


def in_order_of_table(path, folder, place_of_images):
    """A copy for nibabel, which takes the images of a REC file to lie in the order of the table, whatever its index column
    says, and places them by the general information alone: that is filled in from the images where it was blanked."""
    rows, _ = lines_of(path)
    folder.mkdir()
    text, whole = path.read_text(encoding="latin-1"), path.with_suffix(".REC").read_bytes()
    if place_of_images:
        angle = rows[0][16:19]
        middle = np.array([row[19:22] for row in rows], float).mean(axis=0)
        for name, numbers in (("Angulation midslice", angle), ("Off Centre midslice", map(repr, map(float, middle)))):
            text = re.sub(rf"(\. +{name}[^:]*:).*", lambda found, n=numbers: f"{found.group(1)} {' '.join(n)}", text)
    size = len(whole) // (1 + max(int(row[6]) for row in rows))
    (folder / path.name).write_text(text, encoding="latin-1", newline="")
    (folder / path.name).with_suffix(".REC").write_bytes(b"".join(whole[size * int(row[6]):][:size] for row in rows))
    return folder / path.name


def by_nibabel(path, folder, place_of_images=False):
    """The stored volumes as nibabel sorts them, with their keys: a Volume and a dict of one array each."""
    with tolerant():
        image = nibabel.load(in_order_of_table(path, folder, place_of_images), strict_sort=True, permit_truncated=True)
        labels = image.header.get_volume_labels()
        stored = np.asarray(image.dataobj.get_unscaled())
    return Volume(stored.reshape(stored.shape[:3] + (-1,)), LPS_FROM_RAS @ image.affine), labels


def same_images(got, wanted, choice):
    """(0, worst corner) when all volumes are nibabel's of that type, each once; in its order where one list is all there is."""
    want, labels = wanted
    turned = align(got, want.affine)
    ours = turned.stored.reshape(turned.stored.shape[:3] + (-1,))
    theirs = want.stored
    if "--type" in choice:
        kind = choice[choice.index("--type") + 1]
        theirs = theirs[..., np.asarray(labels["image_type_mr"]) == ("MRIP".index(kind) if kind in "MRIP" else int(kind))]
    if ours.shape != theirs.shape:
        raise Mismatch(f"sizes {ours.shape}, nibabel {theirs.shape}")
    place = [next((n for n in range(theirs.shape[3]) if np.array_equal(ours[..., k], theirs[..., n])), -1)
             for k in range(ours.shape[3])]
    if sorted(place) != list(range(theirs.shape[3])):
        raise Mismatch(f"volumes are nibabel's {place}")
    if "--accept" not in choice and place != sorted(place):
        raise Mismatch(f"volumes stand in another order than nibabel's: {place}")
    corner = corner_distance(turned, want.affine)
    if not corner <= CORNER_MM:
        raise Mismatch(f"worst corner {corner:.4f} mm off nibabel's")
    return 0, corner
