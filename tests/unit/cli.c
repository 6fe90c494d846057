/* What the command line makes of words: values, operands, history, and clean refusals. */
#include "cli/cli.h"

#include <locale.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static bool keep;
static int count, size, kernel;
static double slope, range[2];
static struct cli_lengths margin;
static const char *mask, *series, *secret;

static const char *const kernels[] = {"nearest", "linear", "cubic", NULL};
static const struct cli_opt opts[] = {
	{.letter = 'r', .name = "range", .type = CLI_RANGE, .value = range, .arg = "LO,HI",
	 .help = "a range"},
	{.letter = 's', .name = "slope", .type = CLI_REAL, .value = &slope, .arg = "HU", .help = "slope"},
	{.letter = 'n', .name = "size", .type = CLI_INT, .value = &size, .arg = "N", .lo = 1, .hi = 9,
	 .help = "size"},
	{.letter = 'k', .name = "kernel", .type = CLI_CHOICE, .value = &kernel, .arg = "NAME",
	 .choices = kernels, .help = "interpolation"},
	{.letter = 'm', .name = "mask", .type = CLI_FILE, .value = &mask, .arg = "FILE", .help = "mask"},
	{.name = "series", .type = CLI_STRING, .value = &series, .arg = "TEXT", .help = "series"},
	{.letter = 'c', .name = "count", .type = CLI_COUNT, .value = &count, .help = "count"},
	{.name = "keep-padding", .type = CLI_FLAG, .value = &keep, .help = "keep"},
	{.name = "margin", .type = CLI_LENGTHS, .value = &margin, .arg = "MM", .help = "margin"},
	{.name = "secret", .type = CLI_STRING, .value = &secret, .arg = "TEXT", .help = "not for all",
	 .how = true},
	{0}};
static const struct cli_tool tool = {.name = "volunit", .purpose = "be tested",
                                     .operands = "IN [IN2]", .min_operands = 1, .max_operands = 2,
                                     .wants = CLI_OUTPUT | CLI_THREADS, .opts = opts};
static const char *const verdict[] = {"same", "different"};

enum { WORDS = 16 };

static char **parse(char **argv, const char *line, int *operands)
{
	static char text[512];
	int argc = 1;

	snprintf(text, sizeof text, "%s", line);
	argv[0] = "x";
	/* words are parted by '|', so that they can hold blanks or nothing */
	for (char *rest = text, *word; argc < WORDS && *line && (word = strsep(&rest, "|"));)
		argv[argc++] = word;
	argv[argc] = NULL;
	keep = false;
	count = 0;
	mask = series = secret = NULL;
	memset(&cli, 0, sizeof cli);
	return cli_parse(&tool, argc, argv, operands);
}

static void lengths(void)
{
	static const struct {
		const char *text;
		double v[3];
		enum cli_unit unit[3];
	} good[] = {
		{"1", {1, 1, 1}, {CLI_BARE, CLI_BARE, CLI_BARE}},
		{"0.7,-8,2.5", {0.7, -8, 2.5}, {CLI_BARE, CLI_BARE, CLI_BARE}},
		{"10vox", {10, 10, 10}, {CLI_VOX, CLI_VOX, CLI_VOX}},
		{"2cm,3mm,50%", {20, 3, 50}, {CLI_MM, CLI_MM, CLI_PERCENT}},
	};
	char *argv[WORDS + 1], line[64];
	int n;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		snprintf(line, sizeof line, "--margin|%s|a", good[i].text);
		parse(argv, line, &n);
		for (int k = 0; k < 3; k++) {
			is_double(margin.v[k], good[i].v[k], 0, "%s: length %d", good[i].text, k);
			is_int(margin.unit[k], good[i].unit[k], "... and its unit");
		}
	}
	ok(strstr(cli_history(), " --margin 20mm,3mm,50%") != NULL, "lengths in the history");
}

static void values(void)
{
	char *argv[WORDS + 1], **in;
	int n;

	in = parse(argv, "-r|-1000,400|a", &n);
	is_double(range[0], -1000, 0, "a range that begins with a minus");
	is_double(range[1], 400, 0, "its other end");
	is_int(n, 1, "one operand");
	is_str(in[0], "a", "is the operand");
	is_str(in[1], NULL, "the operands end with NULL");

	in = parse(argv, "a|--ran=-.5,1e3|--slope|-2.5|b", &n);
	is_double(range[0], -0.5, 0, "an abbreviated long name with =");
	is_double(range[1], 1000, 0, "an exponent");
	is_double(slope, -2.5, 0, "a negative number as a long option's value");
	is_int(n, 2, "options between operands");
	is_str(in[1], "b", "the operands keep their order");

	in = parse(argv, "-ccqn3|-k|cubic|--|-r", &n);
	is_int(count, 2, "bundled letters");
	ok(cli.quiet, "a shared one in the bundle");
	is_int(size, 3, "a value at the end of the bundle");
	is_int(kernel, 2, "a choice");
	is_str(in[0], "-r", "-- ends the options");

	parse(argv, "-|-o|-|--threads=4|-n|2|-n|5|--keep", &n);
	is_str(cli.output, "-", "- as a file");
	is_int(cli.threads, 4, "threads");
	is_int(size, 5, "the last value counts");
	ok(keep, "a flag, abbreviated");
	ok(cli_given("size") && cli_given("output") && !cli_given("range") && !cli_given("none"),
	   "what was given is known");
}

static void history(void)
{
	char *argv[WORDS + 1];
	int n;

	parse(argv, "a", &n);
	is_str(cli_history(), "volunit " VOLPIPE_VERSION, "nothing given");
	parse(argv, "--keep-p|a", &n);
	is_str(cli_history(), "volunit " VOLPIPE_VERSION " --keep-padding", "a flag");
	parse(argv, "a|-k|linear|-m|/home/jane doe/mask|--secret|jane|-o|x|-q|--threads|2|-cc", &n);
	is_str(cli_history(), "volunit " VOLPIPE_VERSION " --kernel linear --mask --count --count",
	       "no path, no shared option, nothing that is `how`; in table order");
	parse(argv, "a|--series|Lung 1.0 B60f|-n|7|-s|0.10|-r|-1e3,0.30000000000000004", &n);
	is_str(cli_history(),
	       "volunit " VOLPIPE_VERSION " --range -1000,0.30000000000000004 --slope 0.1 --size 7"
	       " --series 'Lung 1.0 B60f'",
	       "numbers in their shortest form, text with blanks quoted");
	parse(argv, "a|--series|3", &n);
	is_str(cli_history(), "volunit " VOLPIPE_VERSION " --series 3", "text without blanks bare");
	parse(argv, "a|--series|it's\n2", &n);
	is_str(cli_history(), "volunit " VOLPIPE_VERSION " --series 'it'\\''s 2'", "always one line");
}

/* Run the child's work with stderr and stdout caught; returns its exit status, -1 for a signal. */
static int caught(void (*work)(const char *), const char *arg, char *said, size_t room)
{
	int fd[2], status;
	size_t got = 0;
	ssize_t r;
	pid_t pid;

	if (pipe(fd) < 0 || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		dup2(fd[1], 1);
		dup2(fd[1], 2);
		close(fd[0]);
		close(fd[1]);
		work(arg);
		exit(99);
	}
	close(fd[1]);
	while (got + 1 < room && (r = read(fd[0], said + got, room - got - 1)) > 0)
		got += (size_t)r;
	said[got] = '\0';
	close(fd[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void only_parse(const char *line)
{
	char *argv[WORDS + 1];
	int n;

	parse(argv, line, &n);
}

static void refusals(void)
{
	static const char *const cases[][2] = {
		{"", "too few operands (IN [IN2]): see 'volunit --help'"},
		{"a|b|c", "unexpected operand 'c': see 'volunit --help'"},
		{"--x", "unknown option '--x': see 'volunit --help'"},
		{"--x=3|a", "unknown option '--x': see 'volunit --help'"},
		{"-qx", "unknown option '-x': see 'volunit --help'"},
		{"--s|3", "option '--s' may mean --slope, --size, --series, --secret: "
		          "see 'volunit --help'"},
		{"--quiet=1", "option '--quiet' takes no value: see 'volunit --help'"},
		{"a|-r", "option '--range' needs LO,HI: see 'volunit --help'"},
		{"a|-r|5,x", "--range: '5,x' is not LO,HI"},
		{"a|-r|5", "--range: '5' is not LO,HI"},
		{"a|-r|1,2,3", "--range: '1,2,3' is not LO,HI"},
		{"a|-r|,3", "--range: ',3' is not LO,HI"},
		{"a|-r|5,1", "--range: '5,1' begins above its end"},
		{"a|-s|nan", "--slope: 'nan' is not a number"},
		{"a|-s|1e999", "--slope: '1e999' is not a number"},
		{"a|-s| 1", "--slope: ' 1' is not a number"},
		{"a|-s|0x10", "--slope: '0x10' is not a number"},
		{"a|-s|1,5", "--slope: '1,5' is not a number"},
		{"a|-s|", "--slope: '' is not a number"},
		{"a|-n|1.0", "--size: '1.0' is not a whole number"},
		{"a|-n|10", "--size: 10 is not within 1 and 9"},
		{"a|-n|99999999999999999999", "--size: 99999999999999999999 is not within 1 and 9"},
		{"a|-k|lin", "--kernel: 'lin' is none of nearest, linear, cubic"},
		{"a|--margin|", "--margin: '' is not one number, or x,y,z"},
		{"a|--margin|1,2", "--margin: '1,2' is not one number, or x,y,z"},
		{"a|--margin|1,2,3,4", "--margin: '1,2,3,4' is not one number, or x,y,z"},
		{"a|--margin|1,,3", "--margin: '1,,3' is not one number, or x,y,z"},
		{"a|--margin|,", "--margin: ',' is not one number, or x,y,z"},
		{"a|--margin|mm", "--margin: 'mm' is not one number, or x,y,z"},
		{"a|--margin|1 mm", "--margin: '1 mm' is not one number, or x,y,z"},
		{"a|--margin|1px", "--margin: '1px' is not one number, or x,y,z"},
		{"a|--margin|1,2,3,", "--margin: '1,2,3,' is not one number, or x,y,z"},
		{"a|--margin|nan", "--margin: 'nan' is not one number, or x,y,z"},
		{"a|--margin|0x1", "--margin: '0x1' is not one number, or x,y,z"},
		{"a|-o|", "--output: '' is not a file name"},
		{"a|-k|\033[1m\n", "--kernel: '?[1m?' is none of nearest, linear, cubic"},
		{"--complete|fish", "--complete: 'fish' is none of bash, zsh"},
	};
	char said[1024], want[1024];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(want, sizeof want, "volunit: %s\n", cases[i][1]);
		is_int(caught(only_parse, cases[i][0], said, sizeof said), 2, "refused: case %zu", i);
		is_str(said, want, "and says why");
	}
}

static void fail_with(const char *what)
{
	static struct cli_tool t;
	char *argv[] = {"x", "a", NULL};
	struct vol_err err;
	int n;

	t = tool;
	t.verdict = strcmp(what, "verdict") == 0 ? verdict : NULL;
	cli_parse(&t, 2, argv, &n);
	cli.quiet = strcmp(what, "quiet") == 0;
	cli.verbose = strcmp(what, "verbose") == 0;
	vol_warn("stdin", "odd");
	vol_note("stdin", "note");
	vol_fail(&err, strcmp(what, "bare") == 0 ? NULL : "a\tb\xff\xc2\x85\xc3\xa9", "%s", what);
	cli_fail(&err);
}

static void messages(void)
{
	char said[1024];

	is_int(caught(fail_with, "plain", said, sizeof said), 1, "data trouble");
	is_str(said, "volunit: warning: stdin: odd\nvolunit: a?b???\xc3\xa9: plain\n",
	       "warning and error, each one printable line");
	is_int(caught(fail_with, "verdict", said, sizeof said), 2, "trouble of a tool that judges");
	caught(fail_with, "quiet", said, sizeof said);
	is_str(said, "volunit: a?b???\xc3\xa9: quiet\n", "-q silences warnings, not errors");
	caught(fail_with, "bare", said, sizeof said);
	is_str(said, "volunit: warning: stdin: odd\nvolunit: bare\n", "without a subject");
	caught(fail_with, "verbose", said, sizeof said);
	is_str(said,
	       "volunit: warning: stdin: odd\nvolunit: note: stdin: note\n"
	       "volunit: a?b???\xc3\xa9: verbose\n",
	       "-v shows notes");
}

static void decimal_comma(void)
{
	char *argv[WORDS + 1];
	int n;

	if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8")) {
		ok(true, "a dot in every locale # SKIP no locale with a comma is installed");
		return;
	}
	parse(argv, "a|-s|1.5", &n);
	is_double(slope, 1.5, 0, "a dot in a locale with a comma");
	is_str(cli_history(), "volunit " VOLPIPE_VERSION " --slope 1.5", "and so in the history");
}

int main(void)
{
	values();
	lengths();
	history();
	refusals();
	messages();
	decimal_comma();
	return done();
}
