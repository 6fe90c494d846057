"""The patient of the hostile corpus: a smooth function of the place in space, so that a value tells where it was measured.

It rises along every patient axis, so that a volume that is shifted, mirrored or squeezed by half a voxel is off by more than
the tolerance; waves keep two places from looking alike, and landmarks are soft balls at known, asymmetric places."""
import numpy as np

# mm in patient axes (LPS: to the left, to the back, to the head), radius (one standard deviation), height
LANDMARKS = (((-22.0, 11.0, -7.0), 11.0, 150.0), ((17.0, -13.0, 6.0), 12.0, -130.0), ((29.0, 18.0, 2.0), 10.0, 90.0))
RISE = (5.0, -5.0, 10.0)  # units a mm
TOLERANCE = 5.0           # units: half a mm along the slowest axis, more than linear interpolation is off
MIDDLE = 1000.0


def patient(points):
    """The value at each of points, an array [..., 3] of mm in LPS; about 300 to 1700 in the volumes of this corpus."""
    x, y, z = np.moveaxis(np.asarray(points, float), -1, 0)
    value = MIDDLE + RISE[0] * x + RISE[1] * y + RISE[2] * z
    value = value + 12.0 * np.sin(x / 11.0 + 0.4) + 12.0 * np.cos(y / 12.0 - 0.7) + 8.0 * np.sin(z / 10.0 + x / 30.0)
    for centre, radius, height in LANDMARKS:
        distance = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2
        value = value + height * np.exp(-distance / (2.0 * radius ** 2))
    return value
