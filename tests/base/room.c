/* What a machine says it has left. */
#include "base/room.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/common.h"
#include "base/file.h"
#include "base/str.h"

static char root[32];

static void put(const char *folder, const char *name, const char *text)
{
    vib_str path = {0};
    vib_str_printf(&path, "%s%s", root, folder);
    assert_int_equal(vib_make_folders(path.text), 0);
    vib_str_printf(&path, "/%s", name);
    assert_int_equal(vib_file_write(path.text, &(vib_piece){text, strlen(text)}, 1, NULL), 0);
    vib_str_free(&path);
}

static int enter(void **state)
{
    (void)state;
    strcpy(root, "vibrisa-test-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

static void memory(void **state)
{
    (void)state;
    const uint64_t unknown = vib_memory_room(root); /* a quarter of all there is */
    assert_true(unknown >= 1 << 20);
    put("/proc", "meminfo", "MemTotal:       8000000 kB\nMemFree: 5 kB\nMemAvailable:    6000000 kB\n");
    assert_int_equal(vib_memory_room(root), 6000000ull * 1024);
    /* A container sees its own limit at the top. */
    put("/sys/fs/cgroup", "memory.max", "max\n");
    assert_int_equal(vib_memory_room(root), 6000000ull * 1024);
    put("/sys/fs/cgroup", "memory.max", "2147483648\n");
    assert_int_equal(vib_memory_room(root), 2147483648ull);
    put("/sys/fs/cgroup", "memory.stat", "file 900000\nanon 147483648\n");
    assert_int_equal(vib_memory_room(root), 2000000000ull);
    /* A service in groups of groups: the tightest counts. */
    put("/proc/self", "cgroup", "1:name=other:/elsewhere\n0::/a.slice/b.scope\n");
    put("/sys/fs/cgroup/a.slice", "memory.max", "1500000000\n");
    put("/sys/fs/cgroup/a.slice/b.scope", "memory.max", "1800000000\n");
    put("/sys/fs/cgroup/a.slice/b.scope", "memory.stat", "anon 200000000\n");
    assert_int_equal(vib_memory_room(root), 1500000000ull);
    put("/sys/fs/cgroup/a.slice/b.scope", "memory.stat", "anon 1900000000\n");
    assert_int_equal(vib_memory_room(root), 0);
}

/* The first version of control groups: a hierarchy for each controller or a few of them. */
static void memory_v1(void **state)
{
    (void)state;
    put("/proc", "meminfo", "MemAvailable:    6000000 kB\n");
    put("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "9223372036854771712\n"); /* none */
    put("/sys/fs/cgroup/memory", "memory.stat", "cache 5000000000\nrss 4096\ntotal_rss 300000000\n");
    assert_int_equal(vib_memory_room(root), 6000000ull * 1024);
    put("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "2300000000\n");
    assert_int_equal(vib_memory_room(root), 2000000000ull);
    put("/sys/fs/cgroup/memory/a/b", "memory.limit_in_bytes", "1800000000\n");
    put("/sys/fs/cgroup/memory/a/b", "memory.stat", "total_rss 200000000\n");
    put("/sys/fs/cgroup/memory/mine", "memory.limit_in_bytes", "1000\n");
    put("/proc/self", "cgroup", "9:name=memory:/mine\n4:memory_recursive:/mine\n0::/mine\n");
    assert_int_equal(vib_memory_room(root), 2000000000ull);
    put("/proc/self", "cgroup", "9:name=systemd:/mine\n4:cpu,memory:/a/b\n0::/mine\n");
    assert_int_equal(vib_memory_room(root), 1600000000ull);
    put("/proc/self", "cgroup", "4:memory,cpu:/a/b");
    assert_int_equal(vib_memory_room(root), 1600000000ull);
    put("/sys/fs/cgroup/memory/a", "memory.limit_in_bytes", "1500000000\n");
    assert_int_equal(vib_memory_room(root), 1500000000ull);
}

static void disk(void **state)
{
    (void)state;
    uint64_t bytes = 0;
    put("/some", "file", "x");
    char path[64];
    assert_int_equal(vib_disk_room(root, &bytes), 0);
    assert_true(bytes > 0);
    assert_int_equal(vib_disk_room("not/there", &bytes), ENOENT);
    snprintf(path, sizeof path, "%s/some/file", root);
    assert_int_not_equal(vib_disk_room(path, &bytes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory, enter, leave),
        cmocka_unit_test_setup_teardown(memory_v1, enter, leave),
        cmocka_unit_test_setup_teardown(disk, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
