/* output.c - what several tools ask of -o, and of the options that say how to write. */
#include <string.h>

#include "cli.h"

bool cli_to_stdout(void)
{
	return !cli.output || strcmp(cli.output, "-") == 0;
}

int cli_level(int level, bool best)
{
	if (best && level >= 0)
		cli_usage("--best is a level itself: leave out --compress");
	return best ? 9 : level;
}

void cli_verify(bool verify)
{
	if (verify && cli_to_stdout())
		cli_usage("--verify reads a file back: give -o FILE");
}
