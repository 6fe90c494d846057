"""A series that says who it is of in every way that DICOM has: scrub_plant.py IN OUT CHARSET.

Copies the DICOM files of a folder, with a value of its own in each attribute of the confidentiality profile (PS3.15, Table
E.1-1), in private ones, and in items of sequences; and writes OUT.json: [[tag, value], ...], all values as pydicom reads
them back from what was written.
"""

import json
import re
import sys
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

COMPUTED = {0x00020003, 0x00080018, 0x0020000D, 0x0020000E, 0x00200052}  # the series' own
SKIPPED = {0x00880200, 0x00420011}  # an image, a document
FAMILIES = {"utf8": "Zqmüller", "japan": "Zqyamada", "latin": "Zqlindström"}
SETS = {"utf8": "ISO_IR 192", "japan": ["", "ISO 2022 IR 87"], "latin": "ISO_IR 100"}


def letters(n):
    return "".join(chr(97 + n // 26 ** i % 26) for i in range(4))


def value(vr, n, charset):
    if vr == "PN":
        name = f"{FAMILIES[charset]}{letters(n)}^Zhgiven{letters(n)}"
        return name + "=山田^太郎" if charset == "japan" else name
    if vr == "DA":
        return f"{1911 + n % 80}{1 + n % 12:02}{1 + n // 80 % 28:02}"
    if vr == "TM":
        return f"{n % 23:02}{13 + n // 23 % 40:02}{n % 53 + 3:02}.{100001 + n * 7}"
    if vr == "DT":
        return value("DA", n, charset) + value("TM", n + 11, charset)
    if vr == "UI":
        return f"2.25.{10 ** 30 + n * 1000003}"
    if vr == "AS":
        return f"{n % 90 + 10:03}Y"
    if vr in ("DS", "IS"):
        return str(700000 + n * 17)
    if vr in ("SH", "AE", "CS"):
        return f"ZK {letters(n).upper()} Q"
    if vr == "UR":
        return f"http://zhost.{letters(n)}.example/"
    if vr in ("LO", "ST", "LT", "UT", "UC"):
        return f"Zwort {letters(n)} Grün" if charset != "japan" else f"Zwort {letters(n)} blue"
    return None


def plant(ds, tags, charset):
    n = 0
    for tag, vr in tags:
        n += 1
        if tag in COMPUTED or tag in SKIPPED or tag >> 16 in (0, 4, 0xFFFA):
            continue
        if vr == "SQ":
            item = Dataset()
            item.add_new(0x00080100, "SH", f"ZC{letters(n).upper()}")
            item.add_new(0x00080104, "LO", f"Zmeaning {letters(n)}")
            item.add_new(0x0040A121, "DA", value("DA", n + 1000, charset))
            ds.add_new(tag, "SQ", Sequence([item]))
        elif tag >> 16 == 2:
            ds.file_meta.add_new(tag, vr, f"ZAE{letters(n).upper()}")
        elif value(vr, n, charset):
            ds.add_new(tag, vr, value(vr, n, charset))
    block = ds.private_block(0x0071, "ZPRIVATE", create=True)
    block.add_new(1, "LO", f"Zprivately told {charset}")
    block.add_new(2, "PN", f"Zqprivate{charset}^Zhperson")
    block.add_new(3, "UN", b"Zunknown private text")


def values(ds):
    for e in ds:
        if e.VR == "SQ":
            for item in e.value:
                yield from values(item)
        elif e.VR in ("PN", "DA", "TM", "DT", "UI", "AS", "DS", "IS", "SH", "AE", "CS", "UR", "LO", "ST", "LT", "UT", "UC"):
            for v in e.value if e.VM > 1 else [e.value]:
                yield int(e.tag), str(v)


def main():
    source, out, charset = sys.argv[1:]
    table = (Path(__file__).parent.parent / "formats/dicom/identity_table.c").read_text()
    tags = [(int(g, 16) << 16 | int(e, 16), vr) for g, e, vr in re.findall(r'\{0x(\w+), 0x(\w+), "(\w\w)"', table)]
    identity = {t for t, _ in tags}
    Path(out).mkdir()
    told = set()
    for path in sorted(Path(source).iterdir()):
        ds = pydicom.dcmread(path)
        ds.SpecificCharacterSet = SETS[charset]
        plant(ds, tags, charset)
        ds.save_as(Path(out) / path.name)
        read = pydicom.dcmread(Path(out) / path.name)
        for part in (read.file_meta, read):
            told |= {(t, v) for t, v in values(part) if t in identity or t >> 16 & 1}
    Path(out + ".json").write_text(json.dumps(sorted(told), ensure_ascii=False))


main()
