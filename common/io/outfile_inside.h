/* outfile_inside.h - what outfile.c and outdir.c share. */
#ifndef VOL_OUTFILE_INSIDE_H
#define VOL_OUTFILE_INSIDE_H

/* outfile_watch_signals - as outfile_create says; once is enough. */
void outfile_watch_signals(void);

/* outfile_guard - a signal that ends the process removes this file, or this folder with the files in it. -1 when
 * there is no room to remember it. outfile_unguard - no longer; -1 is fine. */
int outfile_guard(const char *path);
void outfile_unguard(int guard);

/* outfile_remove_folder - a folder that holds only files, and them. Calls nothing that a signal handler may not, but
 * from one thread at a time. */
void outfile_remove_folder(const char *path);

/* outfile_temp_name - ".NAME.PID-N.tmp" beside the final name, another each time; the caller's to free. */
char *outfile_temp_name(const char *final);

/* outfile_follow_links - the name that a chain of symbolic links ends in, be there a file or not: to write where a
 * link points, as a shell redirection would. The caller's to free; NULL with errno. */
char *outfile_follow_links(const char *path);

/* outfile_sync_folder - the names in the folder that path lies in are on the disk too. One that cannot be synced is not the
 * user's trouble. */
void outfile_sync_folder(const char *path);

#endif
