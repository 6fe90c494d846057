"""PAR/REC files made by hand, for the tests.  As a program: `parfile.py X.PAR` makes a small scan, nobody's.

There is no document of the format: columns and headings are those of files that scanners of the time wrote."""
import sys
from pathlib import Path

# name in the tests, heading, how it is printed, numbers, from which version on
COLUMNS = [
    ("slice", "slice number", "d", 1, 3), ("echo", "echo number", "d", 1, 3),
    ("dynamic", "dynamic scan number", "d", 1, 3), ("phase", "cardiac phase number", "d", 1, 3),
    ("type", "image_type_mr", "d", 1, 3), ("sequence", "scanning sequence", "d", 1, 3),
    ("index", "index in REC file (in images)", "d", 1, 3), ("bits", "image pixel size (in bits)", "d", 1, 4),
    ("percent", "scan percentage", "d", 1, 4), ("size", "recon resolution (x y)", "d", 2, 4),
    ("ri", "rescale intercept", ".5f", 1, 3), ("rs", "rescale slope", ".5f", 1, 3),
    ("ss", "scale slope", ".5e", 1, 3), ("window", "window center", "d", 1, 3), ("width", "window width", "d", 1, 3),
    ("angle", "image angulation (ap,fh,rl in degrees )", ".2f", 3, 3),
    ("place", "image offcentre (ap,fh,rl in mm )", ".2f", 3, 3),
    ("thickness", "slice thickness (in mm )", ".3f", 1, 4), ("gap", "slice gap (in mm )", ".3f", 1, 4),
    ("display", "image_display_orientation", "d", 1, 3),
    ("orientation", "slice orientation ( TRA/SAG/COR )", "d", 1, 3), ("fmri", "fmri_status_indication", "d", 1, 3),
    ("ed_es", "image_type_ed_es  (end diast/end syst)", "d", 1, 3),
    ("spacing", "pixel spacing (x,y) (in mm)", ".3f", 2, 3), ("te", "echo_time", ".2f", 1, 3),
    ("begin", "dyn_scan_begin_time", ".2f", 1, 3), ("trigger", "trigger_time", ".2f", 1, 3),
    ("b", "diffusion_b_factor", ".2f", 1, 3), ("averages", "number of averages", "d", 1, 4),
    ("flip", "image_flip_angle (in degrees)", ".2f", 1, 3), ("beats", "cardiac frequency   (bpm)", "d", 1, 4),
    ("rr_min", "minimum RR-interval (in ms)", "d", 1, 4), ("rr_max", "maximum RR-interval (in ms)", "d", 1, 4),
    ("turbo", "TURBO factor  <0=no turbo>", "d", 1, 4), ("inversion", "Inversion delay (in ms)", ".1f", 1, 4),
    ("b_number", "diffusion b value number    (imagekey!)", "d", 1, 4.1),
    ("gradient", "gradient orientation number (imagekey!)", "d", 1, 4.1), ("contrast", "contrast type", "d", 1, 4.1),
    ("anisotropy", "diffusion anisotropy type", "d", 1, 4.1), ("direction", "diffusion (ap, fh, rl)", ".3f", 3, 4.1),
    ("label", "label type (ASL)            (imagekey!)", "d", 1, 4.2)]

GIVEN = {"slice": 1, "echo": 1, "dynamic": 1, "phase": 1, "bits": 16, "size": (16, 12), "rs": 1, "ss": 1, "thickness": 3,
         "gap": 0.5, "orientation": 1, "spacing": (2, 2.5), "b_number": 1, "gradient": 1, "label": 1}
ONCE = {"bits": "Image pixel size [8 or 16 bits]", "size": "Recon resolution (x, y)", "thickness": "Slice thickness [mm]",
        "gap": "Slice gap [mm]", "averages": "Number of averages"}  # version 3


def value(image, name):
    """The numbers of an image in a column: as given, as usual, or 0."""
    v = image.get(name, GIVEN.get(name, (0, 0, 0)))
    return (v,) if not hasattr(v, "__len__") else tuple(v)


def count(images, name):
    """How many different ones there are."""
    return len({value(image, name) for image in images})


def text(images, version=4.2, **changes):
    """The PAR file of some images, each a dict.  changes: general information, by its name with _ for blanks."""
    first = images[0]
    general = {
        "Patient name": "Nobody^Nowhere", "Examination name": "Secret", "Protocol name": "Hidden",
        "Examination date/time": "1999.12.31 / 23:59:59", "Series Type": "Image   MRSERIES",
        "Max. number of echoes": count(images, "echo"),
        "Max. number of slices/locations": count(images, "slice"),
        "Max. number of dynamics": count(images, "dynamic"),
        "Patient position": "Head First Supine", "Repetition time [ms]": "2000.000",
        "Angulation midslice(ap,fh,rl)[degr]": "%.3f %.3f %.3f" % tuple(value(first, "angle")),
        "Off Centre midslice(ap,fh,rl) [mm]": "0 0 0", "Dynamic scan      <0=no 1=yes> ?": 1,
        "Diffusion         <0=no 1=yes> ?": 0}
    if version == 3:
        for key, name in ONCE.items():
            general[name] = " ".join(map(str, value(first, key)[:2 if key == "size" else 1]))
    for name, v in changes.items():
        found = next(g for g in general if g.lower().startswith(name.replace("_", " ").lower()))
        general[found] = v
    columns = [c for c in COLUMNS if c[4] <= version]
    lines = ["# === DATA DESCRIPTION FILE ======================================================", "#",
             "# Dataset name: E:\\\\Export\\Nobody", "#",
             f"# CLINICAL TRYOUT             Research image export tool     V{version}", "#",
             "# === GENERAL INFORMATION ========================================================", "#"]
    lines += [f".    {name:35s}:   {v}" for name, v in general.items()]
    lines += ["#", "# === IMAGE INFORMATION DEFINITION ============================================="
              "#  The rest of this file contains ONE line per image, this line contains the following information:", "#"]
    lines += [f"#  {heading:40s} ({'' if n == 1 else f'{n}*'}{'integer' if kind == 'd' else 'float'})"
              for _, heading, kind, n, _ in columns]
    lines += ["#", "# === IMAGE INFORMATION ==========================================================", "#  sl ec  dyn", ""]
    for image in images:
        lines.append(" ".join(format(v, kind) for name, _, kind, n, _ in columns for v in value(image, name)[:n]))
    return "\r\n".join(lines + ["", "# === END OF DATA DESCRIPTION FILE =====", ""])


def write(path, images, voxels, version=4.2, **changes):
    """Both files.  voxels: bytes of all images in the order of the REC file."""
    path = Path(path)
    path.write_bytes(text(images, version, **changes).encode("latin-1"))
    path.with_suffix(".REC" if path.suffix == ".PAR" else ".rec").write_bytes(voxels)


def scan():
    """Three slices, two dynamics, magnitude and phase: images and voxels."""
    images = [{"slice": s, "dynamic": d, "type": t, "index": 6 * (t > 0) + 3 * (d - 1) + s - 1,
               "place": (0, 3.5 * (s - 2), 0), "begin": 2.0 * (d - 1), "rs": 1.5, "ss": 0.004} for t in (0, 3) for d in (1, 2) for s in (1, 2, 3)]
    return images, bytes(range(256)) * (12 * 16 * 12 * 2 // 256)


if __name__ == "__main__":
    write(sys.argv[1], *scan())
