#include "beside.h"

#include "format.h"

static int same_place(const struct vol_head *a, const char *name, const struct vol_head *first,
                      const char *first_name, struct vol_err *err)
{
	double mm;

	for (int k = 0; k < 3; k++)
		if (a->grid.size[k] != first->grid.size[k])
			return vol_fail(err, name, "is of %llu x %llu x %llu voxels, %s of %llu x %llu x %llu: put "
			                           "it on that grid with volresample --like",
			                (unsigned long long)a->grid.size[0], (unsigned long long)a->grid.size[1],
			                (unsigned long long)a->grid.size[2], first_name,
			                (unsigned long long)first->grid.size[0],
			                (unsigned long long)first->grid.size[1],
			                (unsigned long long)first->grid.size[2]);
	mm = grid_corner_distance(&a->grid, &first->grid);
	if (!(mm <= BESIDE_MM))
		return vol_fail(err, name, "lies up to %.4g mm off the grid of %s: put it there with "
		                           "volresample --like", mm, first_name);
	if (a->list > 1 && a->list != first->list)
		return vol_fail(err, name, "has a list axis of %llu, %s of %llu", (unsigned long long)a->list,
		                first_name, (unsigned long long)first->list);
	return 0;
}

struct vol_in *beside_open(const char *path, const struct vol_head *first, const char *first_name,
                           struct vol_head *head, struct vol_err *err)
{
	struct vol_in *in = format_open(path, head, err);

	if (in && same_place(head, vol_in_name(in), first, first_name, err) < 0) {
		vol_close(in);
		vol_head_free(head);
		return NULL;
	}
	return in;
}

int beside_grid(const char *path, struct vol_grid *grid, struct vol_err *err)
{
	struct vol_head head;
	struct vol_in *in = format_open(path, &head, err);

	if (!in)
		return -1;
	*grid = head.grid;
	vol_close(in);
	vol_head_free(&head);
	return 0;
}
