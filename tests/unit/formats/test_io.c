#include "formats/io.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

/* What stands in for the C library's functions below, set by a test. */
static int rename_errno; /* renameat2 fails so; 0: works */
static int fsync_errno;
static bool unpleasant; /* a byte at a time, interrupted in between */
static bool interrupted;
static int write_errno; /* after write_left bytes; 0: works */
static size_t write_left;

int
renameat2(
    int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	if (rename_errno != 0) {
		errno = rename_errno;
		return -1;
	}
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
}

int
fsync(int fd)
{
	if (fsync_errno != 0) {
		errno = fsync_errno;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

static bool
interrupt(void)
{
	interrupted = unpleasant && !interrupted;
	if (interrupted)
		errno = EINTR;
	return interrupted;
}

ssize_t
write(int fd, const void *bytes, size_t size)
{
	ssize_t n;

	if (interrupt())
		return -1;
	if (write_errno != 0 && write_left == 0) {
		errno = write_errno;
		return -1;
	}
	if (unpleasant && size > 1)
		size = 1;
	if (write_errno != 0 && size > write_left)
		size = write_left;
	n = syscall(SYS_write, fd, bytes, size);
	if (n > 0 && write_errno != 0)
		write_left -= (size_t)n;
	return n;
}

ssize_t
read(int fd, void *bytes, size_t size)
{
	if (interrupt())
		return -1;
	return syscall(SYS_read, fd, bytes, unpleasant && size > 1 ? 1 : size);
}

static char folder[64];

static int
make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_io.XXXXXX");
	if (mkdtemp(folder) == NULL || chdir(folder) != 0)
		return -1;
	return 0;
}

static int
drop_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static int
reset(void **state)
{
	(void)state;
	rename_errno = 0;
	fsync_errno = 0;
	write_errno = 0;
	unpleasant = false;
	return 0;
}

static void
a_file_that_was_created_is_read_back_and_private(void **state)
{
	struct stat status;
	Buf buf = { 0 };
	Error err;

	(void)state;
	assert_true(io_create_file(AT_FDCWD, "a", "one\0two", 7, &err));
	assert_int_equal(stat("a", &status), 0);
	assert_int_equal(status.st_mode & 0177, 0);
	assert_true(buf_put_text(&buf, "before ", &err));
	assert_true(io_read_file(AT_FDCWD, "a", 7, &buf, &err));
	assert_int_equal(buf.size, 14);
	assert_memory_equal(buf.data, "before one\0two", 14);
	assert_true(io_create_file(AT_FDCWD, "empty", NULL, 0, &err));
	assert_true(io_read_file(AT_FDCWD, "empty", 0, &buf, &err));
	assert_int_equal(buf.size, 14);
	buf_free(&buf);
}

static void
a_file_that_exists_is_never_written_over(void **state)
{
	Buf buf = { 0 };
	Error err;

	(void)state;
	assert_true(io_create_file(AT_FDCWD, "once", "1", 1, &err));
	assert_false(io_create_file(AT_FDCWD, "once", "22", 2, &err));
	assert_int_equal(err.kind, ERROR_FAILED);
	assert_string_equal(err.text, "could not create \"once\": File exists");
	assert_true(io_read_file(AT_FDCWD, "once", 9, &buf, &err));
	assert_int_equal(buf.size, 1);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_false(io_create_file(AT_FDCWD, "dangling", "3", 1, &err));
	assert_int_equal(access("nowhere", F_OK), -1);
	buf_free(&buf);
}

static void
a_limit_holds_at_the_byte(void **state)
{
	Buf buf = { 0 };
	Error err;

	(void)state;
	assert_true(io_create_file(AT_FDCWD, "ten", "0123456789", 10, &err));
	assert_true(io_read_file(AT_FDCWD, "ten", 10, &buf, &err));
	assert_false(io_read_file(AT_FDCWD, "ten", 9, &buf, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_int_equal(buf.size, 10);
	buf_free(&buf);
}

static void
only_regular_files_are_read_and_no_link_is_followed(void **state)
{
	Buf buf = { 0 };
	Error err;
	int fd;

	(void)state;
	assert_true(io_make_directory(AT_FDCWD, "real", &err));
	assert_true(io_make_directory(AT_FDCWD, "real/deep", &err));
	assert_true(io_create_file(AT_FDCWD, "real/deep/f", "x", 1, &err));
	assert_int_equal(symlink("deep", "real/link"), 0);
	assert_int_equal(symlink("f", "real/deep/link"), 0);
	assert_int_equal(mkfifo("real/fifo", 0600), 0);
	fd = io_open_directory(AT_FDCWD, "real", &err);
	assert_true(fd >= 0);
	assert_true(io_read_file(fd, "deep/f", 1, &buf, &err));
	assert_false(io_read_file(fd, "link/f", 1, &buf, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_false(io_read_file(fd, "deep/link", 1, &buf, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_string_equal(
	    err.text, "\"deep/link\" is a symbolic link, not a regular file");
	assert_false(io_read_file(fd, "fifo", 1, &buf, &err));
	assert_string_equal(err.text, "\"fifo\" is not a regular file");
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_false(io_read_file(fd, "deep", 1, &buf, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_false(io_read_file(fd, "missing", 1, &buf, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_false(io_read_file(fd, "missing/f", 1, &buf, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	/* A path somebody gave may lead through links of theirs. */
	assert_true(io_read_file(AT_FDCWD, "real/link/f", 1, &buf, &err));
	assert_int_equal(buf.size, 2);
	io_close(fd);
	buf_free(&buf);
}

static void
a_directory_is_opened_but_not_through_a_link(void **state)
{
	Error err;
	int fd;

	(void)state;
	assert_true(io_make_directory(AT_FDCWD, "dir", &err));
	assert_true(io_make_directory(AT_FDCWD, "dir", &err));
	assert_true(io_create_file(AT_FDCWD, "file", "", 0, &err));
	assert_int_equal(symlink("dir", "dirlink"), 0);
	fd = io_open_directory(AT_FDCWD, "dir", &err);
	assert_true(fd >= 0);
	assert_true(io_sync_directory(fd, "dir", &err));
	io_close(fd);
	assert_int_equal(io_open_directory(AT_FDCWD, "dirlink", &err), -1);
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_string_equal(err.text, "\"dirlink\" is not a directory");
	assert_int_equal(io_open_directory(AT_FDCWD, "file", &err), -1);
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_int_equal(io_open_directory(AT_FDCWD, "absent", &err), -1);
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_false(io_make_directory(AT_FDCWD, "file", &err));
	assert_false(io_make_directory(AT_FDCWD, "dirlink", &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_false(io_make_directory(AT_FDCWD, "absent/dir", &err));
	assert_int_equal(err.kind, ERROR_FAILED);
	io_close(-1);
}

static void
reads_and_writes_are_finished_however_short_they_come(void **state)
{
	char text[100], back[100];
	Buf buf = { 0 };
	size_t got, i;
	Error err;
	int ends[2];

	(void)state;
	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)('0' + i % 10);
	assert_int_equal(pipe(ends), 0);
	unpleasant = true;
	assert_true(io_write(ends[1], "pipe", text, sizeof(text), &err));
	io_close(ends[1]);
	assert_true(io_read(ends[0], "pipe", back, 60, &got, &err));
	assert_int_equal(got, 60);
	assert_true(io_read(ends[0], "pipe", back + 60, 60, &got, &err));
	assert_int_equal(got, 40);
	assert_memory_equal(text, back, sizeof(text));
	io_close(ends[0]);
	assert_true(io_create_file(AT_FDCWD, "slow", text, sizeof(text), &err));
	assert_true(io_read_file(AT_FDCWD, "slow", 100, &buf, &err));
	assert_memory_equal(buf.data, text, sizeof(text));
	buf_free(&buf);
}

static void
a_full_non_blocking_pipe_is_waited_for(void **state)
{
	static uint8_t bytes[300000], back[300000];
	size_t got;
	Error err;
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	child = fork();
	if (child == 0) {
		io_close(ends[0]);
		_exit(io_write(ends[1], "pipe", bytes, sizeof(bytes), &err)
			? 0
			: 1);
	}
	io_close(ends[1]);
	assert_true(io_read(ends[0], "pipe", back, sizeof(back), &got, &err));
	assert_int_equal(got, sizeof(back));
	io_close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
a_closed_pipe_is_an_error_of_its_own(void **state)
{
	Error err;
	int ends[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	io_close(ends[0]);
	assert_false(io_write(ends[1], "standard output", "x", 1, &err));
	assert_int_equal(err.kind, ERROR_CLOSED);
	io_close(ends[1]);
}

static void
a_full_disk_leaves_no_file_behind(void **state)
{
	Error err;

	(void)state;
	write_errno = ENOSPC;
	write_left = 3;
	assert_false(io_create_file(AT_FDCWD, "full", "123456", 6, &err));
	assert_int_equal(err.kind, ERROR_FAILED);
	assert_string_equal(
	    err.text, "could not write \"full\": No space left on device");
	assert_int_equal(access("full", F_OK), -1);
	write_errno = 0;
	fsync_errno = EIO;
	assert_false(io_create_file(AT_FDCWD, "full", "123456", 6, &err));
	assert_string_equal(
	    err.text, "could not write \"full\" to disk: Input/output error");
	assert_int_equal(access("full", F_OK), -1);
}

static void
a_directory_without_fsync_is_good_and_a_failing_one_not(void **state)
{
	Error err;
	int fd;

	(void)state;
	fd = io_open_directory(AT_FDCWD, ".", &err);
	fsync_errno = EINVAL;
	assert_true(io_sync_directory(fd, ".", &err));
	fsync_errno = EIO;
	assert_false(io_sync_directory(fd, ".", &err));
	io_close(fd);
}

static void
rename_from_to(const char *name)
{
	char from[32], to[32], path[128];
	Error err;

	snprintf(from, sizeof(from), "%s.partial", name);
	snprintf(to, sizeof(to), "%s/", name);
	assert_true(io_make_directory(AT_FDCWD, from, &err));
	assert_true(io_rename_new(from, name, &err));
	assert_int_equal(access(name, F_OK), 0);
	assert_true(io_make_directory(AT_FDCWD, from, &err));
	assert_false(io_rename_new(from, name, &err));
	assert_int_equal(err.kind, ERROR_FAILED);
	assert_non_null(strstr(err.text, "exists"));
	assert_true(io_remove(AT_FDCWD, name, true, &err));
	assert_true(io_rename_new(from, to, &err));
	snprintf(path, sizeof(path), "%s/%s", folder, from);
	assert_true(io_rename_new(name, path, &err));
	assert_int_equal(access(from, F_OK), 0);
	assert_false(io_rename_new("missing", "other", &err));
	assert_non_null(strstr(err.text, "No such file"));
}

static void
a_rename_never_replaces(void **state)
{
	(void)state;
	rename_from_to("new");
}

static void
a_rename_never_replaces_on_a_simple_file_system(void **state)
{
	Error err;

	(void)state;
	rename_errno = EINVAL;
	rename_from_to("old");
	rename_errno = ENOSYS;
	rename_from_to("older");
	rename_errno = EACCES;
	assert_false(io_rename_new("old.partial", "x", &err));
	rename_errno = EINVAL;
	/* Something is in the way even where it leads nowhere. */
	assert_int_equal(symlink("nowhere", "leads"), 0);
	assert_false(io_rename_new("old.partial", "leads", &err));
}

static void
files_and_empty_directories_are_removed(void **state)
{
	Error err;

	(void)state;
	assert_true(io_make_directory(AT_FDCWD, "gone", &err));
	assert_true(io_create_file(AT_FDCWD, "gone/f", "", 0, &err));
	assert_false(io_remove(AT_FDCWD, "gone", true, &err));
	assert_false(io_remove(AT_FDCWD, "gone", false, &err));
	assert_true(io_remove(AT_FDCWD, "gone/f", false, &err));
	assert_true(io_remove(AT_FDCWD, "gone", true, &err));
	assert_false(io_remove(AT_FDCWD, "gone", true, &err));
	assert_int_equal(err.kind, ERROR_FAILED);
}

static void
two_names_of_one_thing_are_the_same(void **state)
{
	Error err;

	(void)state;
	assert_int_equal(io_path_size("a/b//"), 3);
	assert_int_equal(io_path_size("//"), 1);
	assert_int_equal(io_path_size(""), 0);
	assert_true(io_is_same("absent", "absent//"));
	assert_false(io_is_same("absent", "absence"));
	assert_true(io_make_directory(AT_FDCWD, "there", &err));
	assert_int_equal(symlink("there", "named"), 0);
	assert_true(io_is_same("there", "./there"));
	assert_true(io_is_same("named", "there"));
	assert_false(io_is_same("there", "absent"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    a_file_that_was_created_is_read_back_and_private, reset),
		cmocka_unit_test_teardown(
		    a_file_that_exists_is_never_written_over, reset),
		cmocka_unit_test_teardown(a_limit_holds_at_the_byte, reset),
		cmocka_unit_test_teardown(
		    only_regular_files_are_read_and_no_link_is_followed, reset),
		cmocka_unit_test_teardown(
		    a_directory_is_opened_but_not_through_a_link, reset),
		cmocka_unit_test_teardown(
		    reads_and_writes_are_finished_however_short_they_come,
		    reset),
		cmocka_unit_test_teardown(
		    a_full_non_blocking_pipe_is_waited_for, reset),
		cmocka_unit_test_teardown(
		    a_closed_pipe_is_an_error_of_its_own, reset),
		cmocka_unit_test_teardown(
		    a_full_disk_leaves_no_file_behind, reset),
		cmocka_unit_test_teardown(
		    a_directory_without_fsync_is_good_and_a_failing_one_not,
		    reset),
		cmocka_unit_test_teardown(a_rename_never_replaces, reset),
		cmocka_unit_test_teardown(
		    a_rename_never_replaces_on_a_simple_file_system, reset),
		cmocka_unit_test_teardown(
		    files_and_empty_directories_are_removed, reset),
		cmocka_unit_test_teardown(
		    two_names_of_one_thing_are_the_same, reset),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
