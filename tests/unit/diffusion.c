/* Gradients of b-matrices and of GE's axes (formats/dicom/diffusion.c), and the order of a diffusion series
 * (formats/dicom/diffusion_order.c), over numbers and facts made by hand. */
#include "dicom/diffusion.h"
#include "tap.h"

static bool near(const double a[3], double x, double y, double z)
{
	return fabs(a[0] - x) < 1e-9 && fabs(a[1] - y) < 1e-9 && fabs(a[2] - z) < 1e-9;
}

static void matrices(void)
{
	static const double one[6] = {360, 480, 0, 640, 0, 0}, axis[6] = {0, 0, 0, 0, 0, 700}, trace[6] = {300, 0, 0, 300, 0, 300},
	                    two[6] = {500, 0, 0, 500, 0, 0}, none[6] = {0}, minus[6] = {-1000, 0, 0, 0, 0, 0},
	                    back[6] = {640, 0, -480, 0, 0, 360};
	double g[3] = {9, 9, 9};

	ok(diffusion_rank_one(one, g) && near(g, 0.6, 0.8, 0), "1000 along 3 4 0");
	ok(diffusion_rank_one(axis, g) && near(g, 0, 0, 1), "along z");
	ok(diffusion_rank_one(back, g) && near(g, 0.8, 0, -0.6), "the first number is positive");
	ok(!diffusion_rank_one(trace, g) && !diffusion_rank_one(two, g), "a trace and a plane have no direction");
	ok(!diffusion_rank_one(none, g) && !diffusion_rank_one(minus, g), "nor have zeros, and less");
	ok(near(g, 0.8, 0, -0.6), "nothing is set then");
}

static void ge(void)
{
	static const double axial[6] = {1, 0, 0, 0, 1, 0}, sagittal[6] = {0, 1, 0, 0, 0, -1}, coronal[6] = {1, 0, 0, 0, 0, -1},
	                    stated[3] = {0.1, 0.2, 0.3};
	double g[3];

	diffusion_from_ge(axial, false, stated, g);
	ok(near(g, -0.1, -0.2, 0.3), "axial, phase along the columns");
	diffusion_from_ge(axial, true, stated, g);
	ok(near(g, -0.2, 0.1, 0.3), "axial, phase along the rows: turned by a quarter");
	diffusion_from_ge(coronal, false, stated, g);
	ok(near(g, -0.1, 0.3, -0.2), "coronal, columns: down, to the feet, and the normal to the back");
	diffusion_from_ge(coronal, true, stated, g);
	ok(near(g, 0.2, 0.3, -0.1), "coronal, rows");
	diffusion_from_ge(sagittal, false, stated, g);
	ok(near(g, 0.3, 0.1, -0.2), "sagittal, columns: the normal to the right");
	diffusion_from_ge(sagittal, true, stated, g);
	ok(near(g, 0.3, 0.2, 0.1), "sagittal, rows");
}

enum { SLICES = 4, VOLUMES = 5, N = SLICES * VOLUMES };

static struct dicom_file files[] = {{.path = "many.dcm", .modality = "MR", .series_uid = "1.2"}};
static struct dicom_frame frames[N];

/* b-values 0 1000 1000 0 1000, the last of the direction of the second; numbered by volume, or by slice. */
static struct dicom_set make(bool by_slice)
{
	for (size_t i = 0; i < N; i++) {
		size_t k = i * 7 % N, v = k / SLICES, z = k % SLICES; /* 7 and 20 have no factor in common */
		bool weighted = v % 3 != 0;

		frames[i] = (struct dicom_frame){
			.has_position = true, .has_orientation = true, .position = {0, 0, 2.0 * (double)z + (v ? 1e-5 : 0)},
			.orientation = {1, 0, 0, 0, 1, 0}, .order[DICOM_ORDER_INSTANCE] = (double)(by_slice ? z * VOLUMES + v : k) + 1,
			.along = {[DICOM_BY_ECHO] = 80, [DICOM_BY_BVALUE] = weighted ? 1000 : 0, [DICOM_BY_TRIGGER] = NAN,
			          [DICOM_BY_TIME] = 1},
			.has_gradient = weighted, .gradient_stated = {weighted && v != 2, weighted && v == 2, 0},
		};
	}
	return (struct dicom_set){.files = files, .n_files = 1, .frames = frames, .n_frames = N};
}

/* The time of each frame is that of its volume. */
static bool ordered(void)
{
	for (size_t i = 0; i < N; i++)
		if (frames[i].along[DICOM_BY_TIME] != (double)(i * 7 % N / SLICES) + 1)
			return false;
	return true;
}

static bool untouched(void)
{
	for (size_t i = 0; i < N; i++)
		if (frames[i].along[DICOM_BY_TIME] != 1)
			return false;
	return true;
}

static void order(void)
{
	struct vol_err err;
	struct dicom_set set = make(false);

	ok(dicom_diffusion_order(&set, &err) == 0 && ordered(), "numbered volume by volume");
	set = make(true);
	ok(dicom_diffusion_order(&set, &err) == 0 && ordered(), "numbered slice by slice");

	set = make(false);
	for (size_t i = 0; i < N; i++) /* the first and the second image at one place change places */
		if (frames[i].order[DICOM_ORDER_INSTANCE] == 1 || frames[i].order[DICOM_ORDER_INSTANCE] == SLICES + 1)
			frames[i].order[DICOM_ORDER_INSTANCE] = SLICES + 2 - frames[i].order[DICOM_ORDER_INSTANCE];
	ok(dicom_diffusion_order(&set, &err) == 0 && untouched(), "numbers that do not fit the weightings are not believed");
	set = make(false);
	frames[3].order[DICOM_ORDER_INSTANCE] = NAN;
	ok(dicom_diffusion_order(&set, &err) == 0 && untouched(), "nor where one is missing");
	set = make(false);
	frames[3].order[DICOM_ORDER_INSTANCE] = frames[(3 + 4) % N].order[DICOM_ORDER_INSTANCE];
	set.n_frames = N - 1;
	ok(dicom_diffusion_order(&set, &err) == 0 && untouched(), "nor with a slice missing");
	set = make(false);
	for (size_t i = 0; i < N; i++)
		frames[i].along[DICOM_BY_ECHO] += (double)(i * 7 % N / SLICES % 2);
	ok(dicom_diffusion_order(&set, &err) == 0 && untouched(), "nor among several echoes");
	set = make(false);
	for (size_t i = 0; i < N; i++) {
		frames[i].along[DICOM_BY_BVALUE] = 0;
		frames[i].has_gradient = false;
	}
	ok(dicom_diffusion_order(&set, &err) == 0 && untouched(), "without diffusion nothing is ordered");

	set = make(false);
	set.strings = dicom_strings_new();
	for (size_t i = 0; i < N; i++)
		if (i * 7 % N / SLICES == 4) {
			frames[i].has_gradient = false;
			frames[i].isotropic = true;
		}
	ok(dicom_diffusion_order(&set, &err) == 0, "a trace among directions");
	for (size_t i = 0; i < N; i++)
		if (frames[i].isotropic != (frames[i].kind && strcmp(frames[i].kind, "trace") == 0))
			ok(false, "frame %zu is of the wrong kind", i);
	ok(frames[0].along[DICOM_BY_TIME] == 1 && frames[3].along[DICOM_BY_TIME] == (double)(3 * 7 % N / SLICES) + 1,
	   "the others are still in order");
	dicom_strings_free(set.strings);
}

int main(void)
{
	matrices();
	ge();
	order();
	return done();
}
