#!/bin/sh
# volhist: counts against NumPy and unu; the pictures and the chart against the counts.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

cat >hist.py <<'EOF'
import json
import struct
import zlib
import numpy as np
import volfile as v


def hist(*words, stdin=None, says=None):
    """What volhist --json says. says: what its warning must hold; None: there is none."""
    status, out, said = v.tool("volhist", "--json", *words, stdin=stdin)
    assert status == 0 and (says in said if says else not said), f"{words}: exit {status}: {said}"
    return json.loads(out)


def check(h, x, bins=None, span=None, padding=0, k=0):
    """Histogram k against numpy: of unique values, or of bins over a span (numpy leaves out what lies beyond)."""
    x = np.asarray(x, "f8").ravel()
    finite = x[np.isfinite(x)]
    one = h["histograms"][k]
    assert one["count"] == finite.size and one["not_finite"] == x.size - finite.size, one
    assert one["padding"] == padding, one
    if bins is None:
        values, counts = np.unique(finite if span is None else finite[(finite >= span[0]) & (finite <= span[1])],
                                   return_counts=True)
        assert h["edges"] is None and h["values"] == values.tolist() and one["counts"] == counts.tolist(), h
    else:
        counts, edges = np.histogram(finite, bins, span)
        assert h["values"] is None and h["edges"] == edges.tolist(), (h["edges"][:5], edges[:5])
        assert one["counts"] == counts.tolist(), [(i, a, b) for i, (a, b) in enumerate(zip(one["counts"], counts)) if a != b]
    assert one["below"] == (0 if span is None else (finite < span[0]).sum()), one
    assert one["above"] == (0 if span is None else (finite > span[1]).sum()), one


def png(path):
    """The pixels, as indices, of a PNG with a palette: every chunk checked."""
    data = open(path, "rb").read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, []
    while at < len(data):
        n, = struct.unpack(">I", data[at:at + 4])
        kind, body = data[at + 4:at + 8], data[at + 8:at + 8 + n]
        assert struct.unpack(">I", data[at + 8 + n:at + 12 + n])[0] == zlib.crc32(kind + body), kind
        chunks.append((kind, body))
        at += 12 + n
    assert [kind for kind, _ in chunks] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"], chunks
    w, h, *rest = struct.unpack(">IIBBBBB", chunks[0][1])
    assert rest == [8, 3, 0, 0, 0]
    rows = np.frombuffer(zlib.decompress(chunks[2][1]), "u1").reshape(h, w + 1)
    assert not rows[:, 0].any()
    palette = np.frombuffer(chunks[1][1], "u1").reshape(-1, 3)
    return rows[:, 1:], palette


def svg(path):
    """The rectangles of an SVG painted in order, as RGB; and its texts."""
    import re
    import xml.etree.ElementTree as tree
    root = tree.parse(path).getroot()
    ns = "{http://www.w3.org/2000/svg}"
    image = np.full((int(root.get("height")), int(root.get("width")), 3), 255, "u1")
    texts = []
    for e in root:
        if e.tag == ns + "path":
            colour = [int(e.get("fill")[i:i + 2], 16) for i in (1, 3, 5)]
            for x, y, w, h, back in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-(\d+)z", e.get("d")):
                assert w == back
                image[int(y):int(y) + int(h), int(x):int(x) + int(w)] = colour
        elif e.tag == ns + "text":
            texts.append(e.text)
    return image, texts
EOF
export PYTHONPATH="$PYTHONPATH:$TMP"

py "all types, exact and in bins, with and without a range" <<'EOF'
import numpy as np, volfile as v
from hist import hist, check
for name, code in v.TYPES.items():
    for shape, kind in (((1, 1, 1), "plain"), ((31, 17, 9), "oblique"), ((5, 7, 3, 4), "left-handed"), ((97, 101, 2), "axial")):
        a = v.numbers(code, shape, seed=len(shape))
        if code[0] == "f" and a.size > 9:
            a.flat[[0, 3, 4, 8]] = np.nan, np.inf, -np.inf, -0.0
        v.write("a.vol", a, v.affine(kind), {"unit": "HU"})
        h = hist("a.vol")
        assert h["unit"] == "HU" and h["histograms"][0]["file"] == "a.vol"
        check(h, a, 256 if code[0] == "f" else None)
        for bins in (1, 7, 256, 4096):
            check(hist("a.vol", "--bins", bins), a, bins)
            for span in ((-100, 100), (0, 1), (-0.3, 57.7), (3, 3.5)):
                check(hist("a.vol", "--bins", bins, "-r", "%r,%r" % span), a, bins, span)
        if code[0] != "f":
            check(hist("a.vol", "-r", "-50,100.5"), a, None, (-50, 100.5))
    one = np.full((4, 4, 4), 7, code)
    v.write("a.vol", one)
    check(hist("a.vol", "--bins", 5), one, 5)
EOF

py "the same bins as unu histo" <<'EOF'
import shutil, subprocess, sys, numpy as np, volfile as v
unu = shutil.which("teem-unu") or shutil.which("unu")
if not unu:
    sys.exit(0)
from hist import hist
for code in ("u1", "i2", "i4", "f4"):
    a = (np.random.default_rng(4).normal(60, 25, (40, 30, 20)) % 256).astype(code)
    a.flat[[0, 1]] = 0, 255
    v.write("a.vol", a)
    # powers of two: no edge needs rounding
    for bins, lo, hi in ((64, 0, 256), (128, 16, 80), (1024, -128, 384)):
        out = subprocess.run([unu, "histo", "-b", str(bins), "-min", str(lo), "-max", str(hi), "-blind8", "false",
                              "-i", "a.vol"], capture_output=True, check=True).stdout
        theirs = np.frombuffer(out[-4 * bins:], "<u4")
        assert hist("a.vol", "--bins", bins, "-r", f"{lo},{hi}")["histograms"][0]["counts"] == theirs.tolist(), (code, bins)
EOF

py "bins of a width" <<'EOF'
import numpy as np, volfile as v
from hist import hist
for code in ("i2", "f4", "f8"):
    a = np.random.default_rng(5).normal(-40, 300, (30, 20, 10)).astype(code)
    a.flat[0] = a.astype("f8").max() // 25 * 25 + 25  # the greatest lies on an edge
    v.write("a.vol", a)
    for width in (25, 0.5, 1 / 3):
        h = hist("a.vol", "--width", repr(width))
        first = np.floor(a.astype("f8").min() / width) * width
        edges = first + np.arange(len(h["edges"])) * width
        assert h["edges"] == edges.tolist(), h["edges"][:3]
        assert edges[0] <= a.min() < edges[1] and edges[-2] <= a.max() < edges[-1], (width, edges[-2:], a.max())
        counts = np.histogram(a.astype("f8"), edges)[0]
        assert h["histograms"][0]["counts"] == counts.tolist() and counts.sum() == a.size
    h = hist("a.vol", "--width", 10, "-r", "-95,105")
    assert h["edges"] == list(range(-95, 106, 10)), h["edges"]
EOF

py "several volumes over one axis; all together; padding; masks" <<'EOF'
import numpy as np, volfile as v
from hist import hist, check
rng = np.random.default_rng(6)
for codes in (("i2", "u1", "i4"), ("f4", "i2", "f8"), ("i4", "f4", "u4")):
    arrays = [abs(rng.normal(60 + 20 * i, 20, (20, 15, 10 + i))).astype(code) for i, code in enumerate(codes)]
    names = [f"{i}.vol" for i in range(3)]
    for name, a in zip(names, arrays):
        v.write(name, a, keys={"padding": "66 67"} if name == "1.vol" else {})
    kept = [arrays[0], arrays[1][(arrays[1] < 66) | (arrays[1] > 67)], arrays[2]]
    pad = arrays[1].size - kept[1].size
    joined = np.concatenate([x.astype("f8").ravel() for x in kept])
    span = joined.min(), joined.max()
    whole = all(code[0] != "f" for code in codes)
    h = hist(*names, "--bins", 50)
    for k in range(3):
        check({**h, "histograms": [{**h["histograms"][k]}]}, kept[k], 50, span, padding=pad * (k == 1))
    check(hist(*names, "--bins", 50, "--total"), joined, 50, padding=pad)
    check(hist(*names, "--total"), joined, None if whole else 256, padding=pad)
    assert hist(*names, "--total")["histograms"][0]["file"] is None
    if whole:
        h = hist(*names)
        assert h["values"] == np.unique(joined).tolist()
        for k in range(3):
            assert h["histograms"][k]["counts"] == [(kept[k] == x).sum() for x in h["values"]], k
    m = rng.integers(0, 2, (20, 15, 10)).astype("u1")
    v.write("m.vol", m)
    for more in ((), ("--bins", 31), ("--bins", 31, "-r", "10,70")):
        check(hist("0.vol", "-m", "m.vol", *more), arrays[0][m != 0],
              31 if more else None if codes[0] != "f4" else 256, (10, 70) if len(more) > 2 else None)
        assert hist("-", "-m", "m.vol", *more, stdin="0.vol")["histograms"][0]["counts"] == \
            hist("0.vol", "-m", "m.vol", *more)["histograms"][0]["counts"]
v.write("m.vol", np.zeros((20, 15, 10), "u1"))
for name, says in (("0.vol", "0.vol: no voxel counts under the mask"),):
    for how in ((), ("--bins", 4), ("--bins", 4, "-r", "0,1"), ("--width", 0.25)):
        h = hist(name, "-m", "m.vol", *how, says=says)
        assert h["histograms"][0]["count"] == 0 and not any(h["histograms"][0]["counts"]), h
v.write("nan.vol", np.full((3, 3, 3), np.nan, "f4"))
check(hist("nan.vol", says="no voxel counts"), np.full(27, np.nan), 256, (0, 1))
EOF

py "--tsv" <<'EOF'
import numpy as np, volfile as v
a = v.numbers("i1", (9, 8, 7))
v.write("a.vol", a)
v.write("b.vol", a[:4])
rows = [line.split("\t") for line in v.run("volhist", "--tsv", "a.vol").decode().splitlines()]
values, counts = np.unique(a, return_counts=True)
assert rows[0] == ["value", "count"] and rows[1:] == [[str(x), str(n)] for x, n in zip(values, counts)], rows[:3]
rows = [line.split("\t") for line in v.run("volhist", "--tsv", "--bins", 3, "a.vol", "b.vol").decode().splitlines()]
assert rows[0] == ["from", "to", "a.vol", "b.vol"] and len(rows) == 4, rows
assert sum(int(r[2]) for r in rows[1:]) == a.size and sum(int(r[3]) for r in rows[1:]) == a[:4].size, rows
EOF

py "pictures: bars as high as the counts, SVG and PNG alike" <<'EOF'
import numpy as np, volfile as v
from hist import hist, png, svg
rng = np.random.default_rng(9)
a = rng.normal(0, 60, (60, 50, 40)).astype("i2")
names = ["a.vol", "b & <ö>.vol", "c.vol"]
for i, name in enumerate(names):
    v.write(name, a[i:] + 90 * i, keys={"unit": "HU"})
for how in ((), ("--log",), ("--bins", 20), ("--bins", 5000), ("--log", "--bins", 20)):
    for files in (names[:1], names):
        v.run("volhist", *files, *how, "-o", "h.png")
        v.run("volhist", *files, *how, "-o", "h.svg")
        pixels, palette = png("h.png")
        painted, texts = svg("h.svg")
        assert pixels.shape == (600, 1000) and len(np.unique(pixels)) >= 4 and "HU" in texts, np.unique(pixels)
        assert any(t.startswith(files[-1] + ": 11") or t.startswith(files[-1] + ": 12") for t in texts), texts
        # all but the texts, which stand in ink
        shapes = pixels != 1
        assert (palette[pixels][shapes] == painted[shapes]).all(), how
    v.run("volhist", "a.vol", *how, "-o", "h.png")
    pixels, _ = png("h.png")
    field = pixels == 3
    top, bottom, left, right = np.where(field.any(1))[0][0], 536, 84, 972
    heights = field.sum(0)[left:right]
    counts = np.array(hist("a.vol", *[x for x in how if x != "--log"])["histograms"][0]["counts"])
    if "--bins" in how and how[-1] == 20:
        scaled = np.log(np.maximum(2 * counts, 1)) if "--log" in how else counts
        want = scaled / scaled.max() * (bottom - 48)
        middle = ((np.arange(20) + 0.5) / 20 * (right - left)).astype(int)
        # a pixel is lost to rounding, one to the axis
        assert abs(heights[middle] - want).max() <= 1.5, (heights[middle], want)
    assert top == 48 and heights.max() >= bottom - 49, (top, heights.max())
assert v.tool("volhist", "a.vol", "-o", "h.png", "--no-clobber")[0] == 1
EOF

py "the chart: heights, width, marks; colour on a terminal only" <<'EOF'
import os, pty, subprocess, fcntl, struct, termios, numpy as np, volfile as v
counts = np.array([5, 80, 40, 0, 20, 1])
v.write("a.vol", np.repeat(np.arange(6), counts).astype("i2").reshape(73, 2, 1), keys={"unit": "HU"})
def chart(**env):
    out = subprocess.run(["volhist", "a.vol", *env.pop("words", [])], capture_output=True, check=True,
                         env={**os.environ, "COLUMNS": "57", **env}).stdout.decode()
    assert "\033" not in out
    return out.splitlines()
plain, text = chart(LC_ALL="C"), chart(LC_ALL="C.UTF-8")
assert plain[0].split() == ["a.vol", "146", "voxels", "in", "HU"], plain[0]
for lines, eighths in ((plain, {" ": 0, ":": 4, "#": 8}), (text, {c: i for i, c in enumerate(" ▁▂▃▄▅▆▇█")})):
    bars = [line[8:].ljust(48) for line in lines[1:17]]
    assert all(len(b) == 48 for b in bars)
    for i, n in enumerate(counts):
        for column in range(8 * i, 8 * i + 8):
            got = sum(eighths[b[column]] for b in bars)
            assert abs(got - 128 * n / 80) <= 4 and (got > 0) == (n > 0), (i, n, got)
assert [int(x) for x in plain[18].split()] == [0, 1, 2, 3, 4, 5] and plain[17].count("+") == 7, plain[17:]
for x in range(6):  # a mark under the middle of its bar
    assert plain[18].index(str(x)) == 8 + 8 * x + 4, plain[18]
wide = chart(LC_ALL="C", words=["-r", "-2,9.5"])
assert [int(x) for x in wide[18].split()] == [-2, 0, 2, 4, 6, 8] and all(line[8:16].strip() == "" for line in wide[1:17]), wide
assert chart(LC_ALL="C", words=["-r", "1.2,1.4"])[16][8:].strip() == ""
high = chart(LC_ALL="C", words=["--log"])
assert "logarithmic" in high[0] and high[16][8:].rstrip().count(" ") == 8, high
def terminal(width, **env):
    main, sub = pty.openpty()
    fcntl.ioctl(sub, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    p = subprocess.Popen(["volhist", "a.vol"], stdout=sub, env={**os.environ, "TERM": "xterm", **env})
    os.close(sub)
    data = b""
    try:
        while chunk := os.read(main, 65536):
            data += chunk
    except OSError:
        pass
    assert p.wait() == 0
    return data.decode()
assert "\033[36m" in terminal(100) and "\033" not in terminal(100, NO_COLOR="1")
assert max(map(len, terminal(100, NO_COLOR="1").splitlines())) > 90
EOF

py "memory: a gigabyte through a pipe" <<'EOF'
import volfile as v
header = v.zeros_header("h.vol", 1024)
assert v.peak_mib(["volhist", "--json"], header, 1024) <= 64
assert v.peak_mib(["volhist", "--json", "--bins", "4096"], header, 1024) <= 64
EOF

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
a = v.numbers("i2", (12, 10, 8))
v.write("a.vol", a, keys={"unit": "HU"})
v.write("f.vol", a.astype("f4"), keys={"unit": "HU"})
v.write("other.vol", a, keys={"unit": "stored"})
v.write("moved.vol", a, v.affine("oblique"))
v.write("rgb.vol", v.numbers("u1", (5, 4, 3, 3)), colour=True)
v.write("many.vol", np.arange((1 << 20) + 64, dtype="i4").reshape(64, 5, -1))
v.write("huge.vol", np.array([-1.7e308, 1.7e308]).reshape(2, 1, 1))
v.write("far.vol", np.array([1e16, 1e16 + 2]).reshape(2, 1, 1))
EOF
vol2nii f.vol -o f.nii.gz
ok "other formats" volhist --json f.nii.gz
ok "one of several from stdin" sh -c 'volhist --tsv - a.vol <a.vol'
ok "in two passes, one of several" sh -c 'volhist --tsv f.vol - a.vol <f.vol'
ok "in one pass with a range" sh -c 'volhist --tsv --bins 9 -r 0,9 - f.vol <f.vol'
for how in "-o far.png" "-o far.svg" --tsv ""; do
	# shellcheck disable=SC2086  # options
	ok "two numbers next to each other, and far from 0: $how" timeout 10 volhist far.vol --bins 1 $how
	# shellcheck disable=SC2086
	ok "the widest range: $how" timeout 10 volhist a.vol -r -1e300,1e300 $how
	# shellcheck disable=SC2086
	ok "a range beyond all: $how" timeout 10 volhist a.vol -r 1e17,1e18 $how
	# shellcheck disable=SC2086
	ok "the widest bins: $how" timeout 10 volhist huge.vol -r -8e307,8e307 --bins 3 $how
done
must_fail 1 "a mask on another grid" volhist a.vol -m moved.vol
must_fail 1 "colour" volhist rgb.vol
must_fail 1 "units that differ" volhist a.vol other.vol
said "says so" "other.vol: is in stored, the volumes before in HU"
must_fail 1 "too many values" volhist many.vol
said "says what to do" "more than 1048576 different values.*--bins"
ok "but not for bins" volhist many.vol --bins 100
must_fail 1 "a width beyond double" volhist huge.vol
must_fail 1 "bins that double cannot tell apart" volhist far.vol
must_fail 1 "too many bins" volhist a.vol --width 0.001
must_fail 1 "a short stream" sh -c 'head -c 2000 a.vol | volhist'
must_fail 1 "a file that is not there" volhist a.vol none.vol
must_fail 1 "a picture that cannot be written" volhist a.vol -o none/h.png
is "eight volumes are no picture" "$(volhist a.vol a.vol a.vol a.vol a.vol a.vol a.vol a.vol -o 8.png 2>&1)" \
	"volhist: 8.png: shows 7 volumes at most: draw them together with --total"
must_fail 2 "no name for a picture" volhist a.vol -o h.jpg
must_fail 2 "a picture on stdout" volhist a.vol -o -
must_fail 2 "two forms" volhist a.vol --json --tsv
must_fail 2 "bins and width" volhist a.vol --bins 4 --width 3
must_fail 2 "a width of 0" volhist a.vol --width 0
must_fail 2 "no bins" volhist a.vol --bins 0
must_fail 1 "a full disk" sh -c 'volhist a.vol >/dev/full'

done_testing
