"""hostile_archives.py FOLDER - archives of its files that are damaged, or that were made to do harm.

Each goes to dcmls and dcm2vol, as a file and on stdin: exit 1, nothing on stdout, one line that says what is expected; in
little time and memory, and nothing is written anywhere. Then bytes are changed at random: the stream of the sound archive
comes out, or one line."""
import gzip
import io
import os
import random
import re
import resource
import stat
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from pathlib import Path

FILES = {str(p): p.read_bytes() for p in sorted(Path(sys.argv[1]).rglob("*")) if p.is_file()}
ONE = next(iter(FILES.values()))
MIB = 1 << 20
wrong = []


def tar(members=None, extra=(), pack=lambda b: b, **how):
    """A tar of FILES, or of {name: bytes}; extra: (name, type, link or bytes) behind them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", **how) as t:
        for name, data in (FILES if members is None else members).items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
        for name, kind, what in extra:
            info = tarfile.TarInfo(name)
            info.type = kind
            if isinstance(what, bytes):
                info.size = len(what)
                t.addfile(info, io.BytesIO(what))
            else:
                info.linkname = what
                t.addfile(info)
    return pack(out.getvalue())


def zipped(members=None, extra=(), how=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as z:
        for name, data in (FILES if members is None else members).items():
            z.writestr(name, data)
        for name, mode, data in extra:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            z.writestr(info, data)
    return out.getvalue()


def padded(mib):
    """A DICOM file and so many MiB of zeros behind it, in pieces."""
    yield ONE
    for _ in range(mib):
        yield bytes(MIB)


def gzip_bomb(mib):
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(z.compress(b) for b in padded(mib)) + z.flush()


def tar_bomb(mib, head=ONE):
    """A tar.gz with one member that is long."""
    info = tarfile.TarInfo("bomb.dcm")
    info.size = mib * MIB
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    out = z.compress(info.tobuf())
    first = head + bytes(MIB - len(head))
    for k in range(mib):
        out += z.compress(first if k == 0 else bytes(MIB))
    return out + z.compress(bytes(10240)) + z.flush()


def many_members(n):
    """A tar.gz of n empty files."""
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    out = b"".join(z.compress(tarfile.TarInfo(f"{k:08d}").tobuf(tarfile.USTAR_FORMAT)) for k in range(n))
    return out + z.compress(bytes(10240)) + z.flush()


def zip_bomb(mib, members=1):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for k in range(members):
            with z.open(f"{k}.dcm", "w") as f:
                for b in padded(mib):
                    f.write(b)
    return out.getvalue()


def sparse(claimed):
    """A GNU sparse member that claims to be long."""
    info = tarfile.TarInfo("hole.dcm")
    info.size = 512
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[156:157] = b"S"
    block[386:410] = b"%011o\0%011o\0" % (0, 512)
    block[483:495] = b"\x80" + claimed.to_bytes(11, "big")
    block[148:156] = b"        "
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + ONE[:512] + bytes(10240)


def flip(data, at, bit=1):
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1:]


def first_data(data):
    """Where the pixels of a stored file lie in an archive, thereabouts."""
    return data.index(ONE[-64:]) + 5


sound_tar, sound_zip, stored = tar(), zipped(), zipped(how=zipfile.ZIP_STORED)
sound_gz = gzip.compress(sound_tar)
blocks = tarfile.open(fileobj=io.BytesIO(sound_tar)).getmembers()
last = blocks[-1].offset
big = {f"{k}": ONE for k in range(3)}
encrypted = bytearray(sound_zip)
for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
    i = encrypted.find(mark)
    while i >= 0:
        encrypted[i + at] |= 1
        i = encrypted.find(mark, i + 4)
lzma = zipped(how=zipfile.ZIP_LZMA)
CASES = [
    ("../ in a tar", tar(extra=[("../../etc/x.dcm", tarfile.REGTYPE, ONE)]), r"'../../etc/x.dcm', which leads out"),
    ("/.. inside a name", tar(extra=[("a/../../x.dcm", tarfile.REGTYPE, ONE)]), r"'a/../../x.dcm', which leads out"),
    ("absolute in a tar", tar(extra=[("/tmp/x.dcm", tarfile.REGTYPE, ONE)]), r"'/tmp/x.dcm', which leads out"),
    ("a folder ..", tar(extra=[("../x", tarfile.DIRTYPE, "")]), r"'../x/?', which leads out"),
    ("../ in a zip", zipped(extra=[("../x.dcm", 0o100644, ONE)]), r"'../x.dcm', which leads out"),
    ("absolute in a zip", zipped(extra=[("/tmp/x.dcm", 0o100644, ONE)]), r"'/tmp/x.dcm', which leads out"),
    ("a symbolic link in a tar", tar(extra=[("l.dcm", tarfile.SYMTYPE, "/etc/passwd")]), "'l.dcm' is a symbolic link"),
    ("a symbolic link in a zip", zipped(extra=[("l.dcm", stat.S_IFLNK | 0o777, "/etc/passwd")]), "'l.dcm' is a symbolic link"),
    ("a hard link out", tar(extra=[("l.dcm", tarfile.LNKTYPE, "/etc/passwd")]), "'l.dcm' is a link to '/etc/passwd'"),
    ("a hard link to what comes later", tar(members={}, extra=[("l.dcm", tarfile.LNKTYPE, "m.dcm"), ("m.dcm", tarfile.REGTYPE, ONE)]),
     "'l.dcm' is a link to 'm.dcm'"),
    ("a device", tar(extra=[("d", tarfile.CHRTYPE, "")]), "'d' is no file"),
    ("a pipe", tar(extra=[("d", tarfile.FIFOTYPE, "")]), "'d' is no file"),
    ("a name twice", zipped(extra=[(next(iter(FILES)), 0o100644, ONE)]), "two members of the name"),
    ("an encrypted zip", bytes(encrypted), "is encrypted"),
    ("a zip by LZMA", lzma, "packed in another way than deflate"),
    ("a zip in gzip", gzip.compress(sound_zip), "zip archive inside gzip"),
    ("a bomb in a .dcm.gz", gzip_bomb(600), "decompression bomb"),
    ("a bomb of tar.gz", tar_bomb(600), "decompression bomb"),
    ("a bomb of tar.gz that is no DICOM", tar_bomb(600, b""), "decompression bomb"),
    ("a bomb of zip", zip_bomb(600), "decompression bomb"),
    ("a bomb of zip, in many members", zip_bomb(30, 20), "decompression bomb"),
    ("a gzip bomb in a tar", tar(extra=[("b.dcm.gz", tarfile.REGTYPE, gzip_bomb(600))]), "decompression bomb"),
    ("gzip bombs in a tar", tar(extra=[(f"{k}.dcm.gz", tarfile.REGTYPE, gzip_bomb(100)) for k in range(5)]), "decompression bomb"),
    ("a bomb of members", many_members(300000), "decompression bomb"),
    ("a sparse member of 8 EiB", sparse(1 << 62), "bomb|cannot be read"),
    ("a sparse member of 1 TiB", sparse(1 << 40), "bomb|cannot be read"),
    ("a tar cut in the data", sound_tar[:last + 700], "cannot be read to its end"),
    ("a tar cut in a header", sound_tar[:last + 100], "cannot be read to its end"),
    ("a tar cut between members", sound_tar[:last], r"without the end mark.*\[truncated\]"),
    ("a tar.gz cut", sound_gz[:-9], "gzip data ends early"),
    ("a tar.gz cut in the middle", sound_gz[:len(sound_gz) // 2], "gzip data ends early"),
    ("a tar.gz of a cut tar", gzip.compress(sound_tar[:last]), r"without the end mark.*\[truncated\]"),
    ("a tar.gz with a wrong checksum", flip(sound_gz, len(sound_gz) - 6), "gzip data is damaged"),
    ("a tar.gz with junk behind", sound_gz + b"junk", "other bytes follow"),
    ("two tars behind each other", sound_tar + sound_tar, "goes on behind its end mark"),
    ("a tar with a broken header", flip(sound_tar, last + 3), "cannot be read to its end"),
    ("a zip cut", sound_zip[:-9], "cannot be read"),
    ("a zip cut in the middle", sound_zip[:len(sound_zip) // 2], "cannot be read"),
    ("a zip with a wrong byte in a file", flip(stored, first_data(stored)), "cannot be read to its end: .*CRC"),
    (".dcm.gz cut", gzip.compress(ONE)[:-9], "gzip data ends early"),
    (".dcm.gz with a wrong checksum", flip(gzip.compress(ONE), len(gzip.compress(ONE)) - 6), "gzip data is damaged"),
]


def files_around():
    return {str(p): p.stat().st_mtime_ns for p in Path(".").rglob("*") if p.is_file() and not str(p).startswith(".lib")}


def run(command, data=None, seconds=20):
    """(exit status, stdout, stderr, seconds, MiB)"""
    began = time.monotonic()
    with open("stdin.bin" if data is not None else os.devnull, "rb") as given, open(".lib/h.out", "wb") as out, open(".lib/h.err", "wb") as err:
        child = subprocess.Popen(command, stdin=given, stdout=out, stderr=err,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds)))
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
    return (os.waitstatus_to_exitcode(status), Path(".lib/h.out").read_bytes(), Path(".lib/h.err").read_bytes().decode("utf-8", "replace"),
            time.monotonic() - began, usage.ru_maxrss / 1024)


def refused(desc, code, out, said, seconds, mib, tool, want):
    why = []
    if code != 1:
        # what is in a gzip file is a row of dcmls, as what is in any file; not of dcm2vol
        if not (code == 0 and tool == "dcmls" and ".dcm.gz" in desc and "other" in out.decode()):
            why.append(f"exit {code}")
    elif out:
        why.append(f"{len(out)} bytes on stdout")
    elif said.count("\n") != 1 or not re.search(rf"^{tool}: .*({want})", said):
        why.append(f"said {said!r}")
    if seconds > 10 and not os.environ.get("SANITIZED"):
        why.append(f"{seconds:.1f} s")
    if mib > 150 and not os.environ.get("SANITIZED"):
        why.append(f"{mib:.0f} MiB")
    if why:
        wrong.append(f"{desc}, {tool}: {', '.join(why)}")


for desc, data, want in CASES:
    Path("stdin.bin").write_bytes(data)
    Path("h.bin").write_bytes(data)
    before = files_around()
    for tool in ("dcmls", "dcm2vol"):
        refused(desc, *run([tool, "h.bin"]), tool, want)
        refused(desc + ", on stdin", *run([tool, "-"], data), tool, want)
    if files_around() != before:
        wrong.append(f"{desc}: files have changed")

# ---- at random ----

random.seed(5)
sound = subprocess.run(["dcm2vol", sys.argv[1]], capture_output=True, check=True).stdout
Path("h.bin").write_bytes(sound_gz)
assert subprocess.run(["dcm2vol", "h.bin"], capture_output=True, check=True).stdout == sound
many = 40 if os.environ.get("SANITIZED") else 150
for kind, data in (("tar.gz", sound_gz), ("zip", sound_zip), ("gzip", gzip.compress(ONE)), ("headers of a tar", sound_tar)):
    for k in range(many):
        broken = bytearray(data)
        for _ in range(random.choice((1, 1, 3, 20))):
            # what a tar holds has no checksum: only its headers can be found to be wrong
            at = random.choice(blocks).offset + random.randrange(500) if kind.startswith("headers") else random.randrange(len(data))
            broken[at] = random.randrange(256)
        if random.random() < 0.2:
            del broken[random.randrange(len(broken)):]
        Path("h.bin").write_bytes(broken)
        code, out, said, seconds, mib = run(["dcm2vol", "h.bin"])
        whole = sound if kind != "gzip" else None
        if not (code == 1 and said.count("\n") == 1 and not out) and not (code == 0 and (whole is None or out == whole)):
            wrong.append(f"{kind} with random bytes, {k}: exit {code}, {len(out)} bytes, said {said!r}")
print("\n".join(wrong[:40]))
sys.exit(bool(wrong))
