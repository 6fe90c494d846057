/* The header of a vol stream: common/io/parse.c, print.c, and vol_number. */
#include <float.h>
#include <stdlib.h>

#include "io/head.h"
#include "io/keys.h"
#include "tap.h"

static struct vol_err err;
static int warnings;

static void count_warnings(enum vol_message kind, const char *subject, const char *what)
{
	(void)subject;
	(void)what;
	warnings += kind == VOL_WARNING;
}

#define BASE \
	"NRRD0005\ntype: int16\ndimension: 3\nspace: left-posterior-superior\nsizes: 4 5 6\n" \
	"space directions: (0.7,0,0) (0,0.7,0) (0,0,1.25)\nkinds: domain domain domain\n" \
	"endian: little\nencoding: raw\n"
#define REST "space units: \"mm\" \"mm\" \"mm\"\nspace origin: (-179.5,-301,-412.25)\n"

static int parse(const char *text, struct vol_head *h)
{
	struct nrrd_layout layout;
	int rc = vol_head_parse(text, strlen(text), h, &layout, "x", &err);

	nrrd_layout_free(&layout);
	return rc;
}

/* The canonical text up to the padding. */
static char *canonical(const struct vol_head *h)
{
	char *text, *end;
	size_t len;

	if (vol_head_print(h, NULL, &text, &len, &err) < 0)
		return NULL;
	end = strstr(text, "\n# .");
	if (end)
		end[1] = '\0';
	return text;
}

/* Parses, and comes out as `want` (without the marker line). */
static void becomes(const char *name, const char *text, const char *want)
{
	struct vol_head h;
	char *got = NULL, expected[4096];

	if (parse(text, &h) < 0) {
		ok(false, "%s", name);
		printf("# %s\n", err.what);
		return;
	}
	got = canonical(&h);
	snprintf(expected, sizeof expected, "NRRD0005\n# volpipe vol stream 1\n%s", want + 9);
	is_str(got, expected, "%s", name);
	free(got);
	vol_head_free(&h);
}

static void refused(const char *name, const char *text, const char *why)
{
	struct vol_head h;
	bool said;

	err.what[0] = '\0';
	if (!ok(parse(text, &h) < 0, "refused: %s", name)) {
		vol_head_free(&h);
		return;
	}
	said = strstr(err.what, why) != NULL;
	ok(said, "... and says so");
	if (!said)
		printf("# %s\n", err.what);
	ok(h.keys.n == 0 && !h.keys.name, "... and the header is empty");
}

static void test_canonical(void)
{
	struct vol_head h;
	char *text, *again;
	size_t len, len2;

	becomes("canonical stays", BASE REST "vol.modality:=CT\nvol.unit:=HU\n\n",
	        BASE REST "vol.modality:=CT\nvol.unit:=HU\n");
	is_int(parse(BASE REST "\n", &h), 0, "parsed");
	is_int(h.type, VOXEL_INT16, "type");
	is_int(h.grid.size[2], 6, "size");
	is_double(h.grid.direction[2][2], 1.25, 0, "direction");
	is_double(h.grid.origin[0], -179.5, 0, "origin");
	is_int(vol_head_bytes(&h), 240, "bytes");
	is_int(strlen(h.digest), 64, "digest of the text that was read");
	/* any length of keys ends at a multiple of 4096 */
	for (size_t n = 0; n < 4200; n += n < 4090 && n > 20 && n < 3400 ? 67 : 1) {
		char value[4300];

		memset(value, 'v', n);
		value[n] = '\0';
		key_set_full(&h, "k", value, &err);
		if (vol_head_print(&h, NULL, &text, &len, &err) < 0 || len % 4096 ||
		    strlen(text) != len || strcmp(text + len - 2, "\n\n") != 0) {
			ok(false, "header with %zu bytes of value is aligned", n);
			free(text);
			break;
		}
		struct vol_head h2;

		if (parse(text, &h2) < 0 || vol_head_print(&h2, NULL, &again, &len2, &err) < 0 ||
		    len2 != len || strcmp(again, text) != 0) {
			ok(false, "header with %zu bytes of value reads back", n);
			break;
		}
		free(again);
		free(text);
		vol_head_free(&h2);
	}
	ok(true, "headers of all lengths are aligned and read back to the same bytes");
	vol_head_free(&h);
}

static void test_tolerant(void)
{
	becomes("CRLF", "NRRD0004\r\ntype: short\r\ndimension: 3\r\nspace: LPS\r\nsizes: 4 5 6\r\n"
	        "space directions: (0.7,0,0) (0,0.7,0) (0,0,1.25)\r\nendian: little\r\nencoding: raw\r\n"
	        "space origin: (-179.5,-301,-412.25)\r\n\r\n", BASE REST);
	becomes("field order, case, blanks",
	        "NRRD0005\nENCODING:RAW\nspace origin:  ( -179.5 , -301,-412.25 )  \nsizes:\t4  5 6\n"
	        "Type: signed short int\nDimension: 3\nsPace: Left-Posterior-Superior\n"
	        "space directions: ( 0.7, 0, 0)  (0,.7,0) (0,0,125e-2)\nendian: LITTLE\n# a comment: this\n\n",
	        BASE REST);
	becomes("RAS is turned", "NRRD0005\ntype: int16\ndimension: 3\nspace: right-anterior-superior\n"
	        "sizes: 4 5 6\nspace directions: (-0.7,0,0) (0,-0.7,0) (0,0,1.25)\nendian: little\n"
	        "encoding: raw\nspace origin: (179.5,301,-412.25)\n\n", BASE REST);
	becomes("LAS is turned", "NRRD0005\ntype: int16\ndimension: 3\nspace: LAS\n"
	        "sizes: 4 5 6\nspace directions: (0.7,0,0) (0,-0.7,0) (0,0,1.25)\nendian: little\n"
	        "encoding: raw\nspace origin: (-179.5,301,-412.25)\n\n", BASE REST);
	becomes("cm", "NRRD0005\ntype: int16\ndimension: 3\nspace: LPS\nsizes: 4 5 6\n"
	        "space directions: (0.5,0,0) (0,0.5,0) (0,0,0.25)\nendian: little\nencoding: raw\n"
	        "space units: \"cm\" \"cm\" \"cm\"\nspace origin: (1,2,3)\n\n",
	        "NRRD0005\ntype: int16\ndimension: 3\nspace: left-posterior-superior\nsizes: 4 5 6\n"
	        "space directions: (5,0,0) (0,5,0) (0,0,2.5)\nkinds: domain domain domain\n"
	        "endian: little\nencoding: raw\nspace units: \"mm\" \"mm\" \"mm\"\nspace origin: (10,20,30)\n");
	is_int(warnings, 0, "none of these warns");
	becomes("spacings only", "NRRD0001\ntype: unsigned char\ndimension: 3\nsizes: 2 2 2\n"
	        "spacings: 1 2 3\nencoding: raw\n\n",
	        "NRRD0005\ntype: uint8\ndimension: 3\nspace: left-posterior-superior\nsizes: 2 2 2\n"
	        "space directions: (1,0,0) (0,2,0) (0,0,3)\nkinds: domain domain domain\nencoding: raw\n"
	        "space units: \"mm\" \"mm\" \"mm\"\nspace origin: (0,0,0)\n");
	is_int(warnings, 2, "spacings only: warns of directions and origin");
	becomes("a left-handed space", "NRRD0005\ntype: uchar\ndimension: 3\nspace: 3D-left-handed\nsizes: 2 2 2\n"
	        "space directions: (1,0,0) (0,2,0) (0,0,3)\nencoding: raw\nspace origin: (1,2,3)\n\n",
	        "NRRD0005\ntype: uint8\ndimension: 3\nspace: left-posterior-superior\nsizes: 2 2 2\n"
	        "space directions: (1,0,0) (0,-2,0) (0,0,3)\nkinds: domain domain domain\nencoding: raw\n"
	        "space units: \"mm\" \"mm\" \"mm\"\nspace origin: (1,-2,3)\n");
	is_int(warnings, 3, "left-handed: warns of what it was taken for");
	becomes("a list axis", "NRRD0005\ntype: float\ndimension: 4\nspace: LPS\nsizes: 2 2 2 7\n"
	        "space directions: (1,0,0) (0,1,0) (0,0,1) none\nendian: little\nencoding: raw\n"
	        "space origin: (0,0,0)\n\n",
	        "NRRD0005\ntype: float\ndimension: 4\nspace: left-posterior-superior\nsizes: 2 2 2 7\n"
	        "space directions: (1,0,0) (0,1,0) (0,0,1) none\nkinds: domain domain domain list\n"
	        "endian: little\nencoding: raw\nspace units: \"mm\" \"mm\" \"mm\"\nspace origin: (0,0,0)\n");
	becomes("colour", "NRRD0005\ntype: uchar\ndimension: 4\nspace: LPS\nsizes: 3 2 2 2\n"
	        "space directions: none (1,0,0) (0,1,0) (0,0,1)\nkinds: RGB-color space space space\n"
	        "encoding: raw\nspace origin: (0,0,0)\n\n",
	        "NRRD0005\ntype: uint8\ndimension: 4\nspace: left-posterior-superior\nsizes: 3 2 2 2\n"
	        "space directions: none (1,0,0) (0,1,0) (0,0,1)\nkinds: RGB-color domain domain domain\n"
	        "encoding: raw\nspace units: \"mm\" \"mm\" \"mm\"\nspace origin: (0,0,0)\n");
	becomes("keys are ordered, unknown ones kept", BASE REST
	        "zebra:=1\nvol.unit:=HU\nvol.history.10:=ten\nvol.history.9:=nine\nbyte skip:= -1\n\n",
	        BASE REST "byte skip:= -1\nvol.unit:=HU\nzebra:=1\nvol.history.9:=nine\nvol.history.10:=ten\n");
	becomes("escapes", BASE REST "a:=line\\nline \\\\n back\\\\slash := colon\n\n",
	        BASE REST "a:=line\\nline \\\\n back\\\\slash := colon\n");
	becomes("no empty line at the end", BASE REST, BASE REST);
}

static void test_layout(void)
{
	struct nrrd_layout l;
	struct vol_head h;
	const char *text = "NRRD0005\ntype: int16\ndimension: 3\nspace: LPS\nsizes: 4 5 6\n"
		"space directions: (1,0,0) (0,1,0) (0,0,1)\nendian: big\nencoding: gz\nline skip: 3\n"
		"byte skip: -1\nspace origin: (0,0,0)\ndata file: LISTEN here.raw\nvol.unit:=HU\n";

	is_int(vol_head_parse(text, strlen(text), &h, &l, "x", &err), 0, "a detached header");
	is_str(l.encoding, "gzip", "gz is gzip");
	ok(l.big_endian, "big endian");
	is_int(l.line_skip, 3, "line skip");
	is_int(l.byte_skip, -1, "byte skip");
	is_str(l.data_file, "LISTEN here.raw", "data file");
	is_str(key_get(&h, "unit"), "HU", "fields after a name that begins with LIST count");
	vol_head_free(&h);
	nrrd_layout_free(&l);
	is_int(vol_head_parse_stream(text, strlen(text), &h, &l, "x", &err), -1, "is no stream");
	ok(strstr(err.what, "another file") != NULL, "... for its data file");
}

static void test_time(void)
{
	struct nrrd_layout l;
	struct vol_head h;
	const char *text = "NRRD0005\ntype: uint8\ndimension: 4\nspace: RAST\nsizes: 4 5 6 3\nspace units: \"mm\" \"mm\" \"mm\" \"ms\"\n"
		"space directions: (1,0,0,0) (0,1,0,0) (0,0,1,0) (0,0,0,2.5)\nencoding: raw\nspace origin: (7,8,9,10)\n";

	is_int(vol_head_parse(text, strlen(text), &h, &l, "x", &err), 0, "a space with time");
	is_int(h.list, 3, "its time is the list");
	ok(l.time_start == 10 && l.time_step == 2.5, "start and step of the times");
	is_str(l.time_unit, "ms", "their unit");
	ok(h.grid.origin[0] == -7 && h.grid.origin[1] == -8 && h.grid.origin[2] == 9, "the rest is as without time");
	vol_head_free(&h);
	nrrd_layout_free(&l);
}

static void test_refusals(void)
{
	static const char grid[] = "space: LPS\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n";
	char text[8192];
	char *big = malloc(20 << 20);
	struct vol_head h;
	size_t len;

#define HEAD(type, dim, sizes, more) \
	(snprintf(text, sizeof text, "NRRD0005\ntype: %s\ndimension: %s\nsizes: %s\nendian: little\n" \
	          "encoding: raw\n%s\n", type, dim, sizes, more), text)
	refused("no magic", "NRRX0005\ntype: int16\n\n", "NRRD magic");
	refused("a version to come", "NRRD0009\ntype: int16\n\n", "NRRD magic");
	refused("empty", "", "");
	refused("1-D", HEAD("int16", "1", "4", "spacings: 1"), "is 1-D");
	refused("2-D", HEAD("int16", "2", "4 5", "spacings: 1 1"), "is 2-D");
	refused("6-D", HEAD("int16", "6", "4 5 1 1 1 1", ""), "is 6-D");
	refused("zero size", HEAD("int16", "3", "4 0 6", grid), "size is zero");
	refused("negative size", HEAD("int16", "3", "-4 5 6", grid), "sizes");
	refused("too few sizes", HEAD("int16", "3", "4 5", grid), "sizes");
	refused("too many sizes", HEAD("int16", "3", "4 5 6 7", grid), "sizes");
	refused("size over 64 bits", HEAD("int16", "3", "99999999999999999999 1 1", grid), "sizes");
	refused("volume over 64 bits", HEAD("int16", "3", "4294967296 4294967296 4", grid), "overflow");
	refused("volume over 63 bits", HEAD("int16", "3", "4294967296 1073741824 1", grid), "overflow");
	refused("unknown type", HEAD("int128", "3", "4 5 6", grid), "int128");
	refused("block", HEAD("block", "3", "4 5 6", grid), "block");
	refused("no spacing", HEAD("int16", "3", "4 5 6", ""), "spacing");
	refused("singular", HEAD("int16", "3", "4 5 6", "space: LPS\nspace directions: (1,0,0) (2,0,0) (0,0,1)\n"),
	        "inverted");
	refused("zero spacing", HEAD("int16", "3", "4 5 6", "spacings: 1 0 1"), "spacing is zero");
	refused("NaN spacing", HEAD("int16", "3", "4 5 6", "spacings: 1 nan 1"), "");
	refused("infinite direction", HEAD("int16", "3", "4 5 6", "space: LPS\nspace directions: (inf,0,0) (0,1,0) (0,0,1)\n"),
	        "finite");
	refused("NaN origin", HEAD("int16", "3", "4 5 6", "space: LPS\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,nan,0)\n"),
	        "finite");
	refused("two vectors", HEAD("int16", "3", "4 5 6", "space: LPS\nspace directions: (1,0,0) (0,1,0)\n"),
	        "space directions");
	refused("hexadecimal", HEAD("int16", "3", "4 5 6", "space: LPS\nspace directions: (0x1,0,0) (0,1,0) (0,0,1)\n"),
	        "space directions");
	refused("nameless space", HEAD("int16", "3", "4 5 6", "space: nowhere\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n"), "nowhere");
	refused("space with time, vectors without", HEAD("int16", "3", "4 5 6", "space: LPST\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n"),
	        "space directions");
	refused("mixed units", HEAD("int16", "3", "4 5 6", "space: LPS\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nspace units: \"mm\" \"cm\" \"mm\"\n"),
	        "space units");
	refused("a field twice", HEAD("int16", "3", "4 5 6", "space: LPS\nspace: RAS\n"), "twice");
	refused("a field unknown", HEAD("int16", "3", "4 5 6", "colour: red\n"), "not known");
	refused("a line without colon", HEAD("int16", "3", "4 5 6", "red\n"), "colon");
	refused("a nameless key", HEAD("int16", "3", "4 5 6", ":=1\n"), "without a name");
	refused("byte skip -2", HEAD("int16", "3", "4 5 6", "byte skip: -2\n" "space: LPS\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n"),
	        "byte skip");
	refused("no endian", "NRRD0005\ntype: int16\ndimension: 3\nsizes: 4 5 6\nencoding: raw\nspacings: 1 1 1\n\n",
	        "endian");
	refused("no encoding", "NRRD0005\ntype: int8\ndimension: 3\nsizes: 4 5 6\nspacings: 1 1 1\n\n", "encoding");
	is_int(vol_head_parse("NRRD0005\ntype: i\0nt16\n\n", 22, &h, &(struct nrrd_layout){.line_skip = 0}, "x", &err), -1,
	       "refused: a zero byte");
	/* what is printed obeys the limit that the reader sets */
	is_int(parse(BASE REST "\n", &h), 0, "a header");
	memset(big, 'x', 17 << 20);
	big[17 << 20] = '\0';
	key_set_full(&h, "big", big, &err);
	char *out = NULL;

	is_int(vol_head_print(&h, NULL, &out, &len, &err), -1, "over 16 MiB is not printed");
	ok(strstr(err.what, "16 MiB") != NULL, "... and says so");
	vol_head_free(&h);
	free(big);
}

static void test_numbers(void)
{
	static const struct {
		double x;
		const char *text;
	} cases[] = {{0, "0"}, {-0.0, "0"}, {1, "1"}, {-1.5, "-1.5"}, {0.1, "0.1"}, {0.7, "0.7"},
	             {1.0 / 3, "0.3333333333333333"}, {1e22, "1e+22"}, {5e-324, "5e-324"},
	             {DBL_MAX, "1.7976931348623157e+308"}, {0.1 + 0.2, "0.30000000000000004"},
	             {-412.25, "-412.25"}, {10, "10"}, {-2000, "-2000"}, {123456789012345, "123456789012345"},
	             {1e15, "1e+15"}};
	char buf[32];
	bool back = true;
	double x;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		is_str(vol_number(buf, cases[i].x), cases[i].text, "%.17g", cases[i].x);
	srandom(7);
	for (int i = 0; i < 200000; i++) {
		union { unsigned long long bits; double x; } u;

		u.bits = (unsigned long long)random() << 33 ^ (unsigned long long)random() << 11 ^ (unsigned long long)random();
		if (!isfinite(u.x))
			continue;
		back &= vol_parse_number(vol_number(buf, u.x), &x) && x == u.x;
	}
	ok(back, "200000 random doubles read back the same");
	ok(!vol_parse_number("", &x) && !vol_parse_number("1 ", &x) && !vol_parse_number(" 1", &x) &&
	   !vol_parse_number("0x10", &x) && !vol_parse_number("1,5", &x) && !vol_parse_number("1.5x", &x),
	   "what is no number is none");
	ok(vol_parse_number("nan", &x) && isnan(x) && vol_parse_number("-inf", &x) && isinf(x), "nan and inf are");
}

int main(void)
{
	vol_message_hook = count_warnings;
	test_canonical();
	test_tolerant();
	test_layout();
	test_time();
	test_refusals();
	test_numbers();
	return done();
}
