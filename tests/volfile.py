"""Vol streams made and read without the tools, for the tests, and a little more that several of them need.

Arrays have x as their first axis, then y, z and the list; colour is a last axis.  Affines are NIfTI's: index to RAS mm."""
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent / "conformance"))
import nrrdio  # noqa: E402

# a sanitizer's build, whose memory is not ours
SANITIZED = bool(os.environ.get("SANITIZED"))
LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
TYPES = {"uint8": "u1", "int8": "i1", "uint16": "u2", "int16": "i2", "uint32": "u4", "int32": "i4", "float": "f4",
         "double": "f8"}
TYPE_OF = {np.dtype(code): name for name, code in TYPES.items()}


def write(path, data, affine=np.eye(4), keys=(), colour=False):
    """A stream as some other program would write it: no padding, keys as they come."""
    lps = LPS_FROM_RAS @ affine
    if colour:
        data = np.moveaxis(data, -1, 0)
    listed = data.ndim - colour > 3
    vectors = ["(%r,%r,%r)" % tuple(float(x) for x in lps[:3, axis]) for axis in range(4)]
    directions = ["none"] * colour + vectors[:3] + ["none"] * listed
    kinds = ["RGB-color" if data.shape[0] == 3 else "RGBA-color"] * colour + ["domain"] * 3 + ["list"] * listed
    lines = ["NRRD0005", f"type: {TYPE_OF[data.dtype.newbyteorder('=')]}", f"dimension: {data.ndim}",
             "space: left-posterior-superior", "sizes: " + " ".join(map(str, data.shape)),
             "space directions: " + " ".join(directions), "kinds: " + " ".join(kinds), "endian: little", "encoding: raw",
             'space units: "mm" "mm" "mm"', "space origin: " + vectors[3]]
    lines += [f"vol.{name}:={value}" for name, value in dict(keys).items()]
    with open(path, "wb") as f:
        f.write("\n".join(lines + ["", ""]).encode())
        f.write(np.ascontiguousarray(data.transpose(), data.dtype.newbyteorder("<")).tobytes())


def read(path):
    """(data, affine, keys without their "vol.") of a stream that must be canonical in every way."""
    nrrd = nrrdio.read_stream(path)
    volume = nrrd.volume()
    return volume.stored, LPS_FROM_RAS @ volume.affine, {name.removeprefix("vol."): v for name, v in nrrd.keys.items()}


def read_bytes(stream):
    """The same of a stream in memory."""
    with open(".read.vol", "wb") as f:
        f.write(stream)
    try:
        return read(".read.vol")
    finally:
        os.unlink(".read.vol")


def affine(kind):
    """An affine of a named kind, with three different spacings."""
    def turn(x, y, z):
        matrix = np.eye(3)
        for axis, degrees in enumerate((x, y, z)):
            c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
            one = np.eye(3)
            i, k = [(1, 2), (2, 0), (0, 1)][axis]
            one[i, i], one[i, k], one[k, i], one[k, k] = c, -s, s, c
            matrix = one @ matrix
        return matrix
    matrix = turn(*{"axial": (0, 0, 180), "plain": (0, 0, 0), "oblique": (10, 25, -40), "sheared": (3, 0, 180),
                    "left-handed": (10, 5, 160), "coronal": (90, 0, 180), "nearly-axial": (0, 0, 179.995)}[kind])
    matrix = matrix @ np.diag([0.7, 0.8, 2.5])
    if kind == "left-handed":
        matrix[:, 0] *= -1
    if kind == "sheared":
        matrix[:, 2] += 0.3 * matrix[:, 1]
    result = np.eye(4)
    result[:3, :3] = matrix
    result[:3, 3] = -101.5, 20.25, -512.125
    return result


def numbers(dtype, shape, seed=1):
    """Noise over all that the type can hold."""
    rng, dtype = np.random.default_rng(seed), np.dtype(dtype)
    if dtype.kind == "f":
        return rng.normal(0, 1000, shape).astype(dtype)
    lo, hi = np.iinfo(dtype).min, np.iinfo(dtype).max
    return rng.integers(lo, hi, shape, dtype=np.int64, endpoint=True).astype(dtype)


def corner_distance(a, b, shape):
    """The greatest distance in mm between the same corner voxels under two affines."""
    last = np.array(shape[:3]) - 1
    corners = np.array([[i * last[0], j * last[1], k * last[2], 1] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    return np.linalg.norm(((a - b) @ corners.T)[:3], axis=0).max()


def tool(*words, stdin=None):
    """Run a tool: (exit status, stdout, stderr text).  stdin: bytes, or the path of a file."""
    given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": open(stdin or os.devnull, "rb")}
    done = subprocess.run([str(word) for word in words], capture_output=True, timeout=120, check=False, **given)
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def run(*words, stdin=None):
    """The same for one that must succeed and say nothing: its stdout."""
    status, out, said = tool(*words, stdin=stdin)
    assert status == 0 and not said, f"{words}: exit {status}: {said}"
    return out


def spent():
    """Seconds of a processor that ended children took: no machine's load is in them."""
    times = os.times()
    return times.children_user + times.children_system


def peak_mib(words, header, mib):
    """Peak resident MiB of a command that gets a header and `mib` MiB of zeros through a pipe; it must succeed."""
    process = subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    block = bytes(1 << 20)
    process.stdin.write(header)
    for _ in range(mib):
        process.stdin.write(block)
    # the usage that wait4 tells would count this process too, as it was before exec
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    process.stdin.close()
    assert process.wait() == 0, f"{words}: status {process.returncode}"
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) / 1024


def zeros_header(path, mib, keys=()):
    """The header of a stream of int16 slices of 512 x 512 that `mib` MiB of zeros complete."""
    write(path, np.zeros((1, 1, 1), "i2"), affine("axial"), keys)
    head = Path(path).read_bytes()[:-2]
    return head.replace(b"sizes: 1 1 1\n", b"sizes: 512 512 %d\n" % (2 * mib))
