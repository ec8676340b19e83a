#include "exchange/tfevents.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "exchange/events.pb-c.h"

struct vib_tfevents {
    char *path;
    FILE *file;
};

int vib_tfevents_available(void)
{
    return 1;
}

/* ---- records ---- */

uint32_t vib_crc32c(const void *data, size_t n)
{
    const unsigned char *p = data;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

static void put(unsigned char *to, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (unsigned char)(v >> 8 * i);
}

/* Masked, so that a checksum of data that hold checksums stays a good one. */
static uint32_t masked_crc(const void *data, size_t n)
{
    const uint32_t crc = vib_crc32c(data, n);
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

static int write_record(vib_tfevents *f, const void *data, size_t n)
{
    unsigned char head[12], tail[4];
    put(head, n, 8);
    put(head + 8, masked_crc(head, 8), 4);
    put(tail, masked_crc(data, n), 4);
    if (fwrite(head, sizeof head, 1, f->file) != 1 || fwrite(data, n, 1, f->file) != 1 ||
        fwrite(tail, sizeof tail, 1, f->file) != 1 || fflush(f->file) == EOF)
        return vib_fail(VIB_FAILED, "%s: cannot write: %s", f->path, strerror(errno));
    return 0;
}

static int write_event(vib_tfevents *f, Vib__Event *event)
{
    int err = 0;
    event->wall_time = vib_clock_date();
    const size_t n = vib__event__get_packed_size(event);
    unsigned char *data = vib_calloc(n, 1);
    VIB_CHECK_MEM(data);
    vib__event__pack(event, data);
    VIB_TRY(write_record(f, data, n));
fail:
    free(data);
    return err;
}

/* ---- files ---- */

static int write_version(vib_tfevents *f)
{
    Vib__Event event = VIB__EVENT__INIT;
    char version[] = "brain.Event:2";
    event.what_case = VIB__EVENT__WHAT_FILE_VERSION;
    event.file_version = version;
    return write_event(f, &event);
}

int vib_tfevents_open(const char *folder, vib_tfevents **out)
{
    static int opened;
    int err = 0;
    char host[256] = "";
    vib_str name = {0};
    vib_tfevents *f = vib_calloc(1, sizeof *f);
    VIB_CHECK_MEM(f);
    if (gethostname(host, sizeof host - 1) < 0 || !*host)
        strcpy(host, "localhost");
    vib_str_printf(&name, "events.out.tfevents.%lld.%s.%ld.%d.v2", (long long)vib_clock_date(), host,
                   (long)getpid(), opened++);
    VIB_CHECK_MEM(!name.failed);
    VIB_TRY(vib_make_folders(folder));
    VIB_CHECK_MEM(f->path = vib_path_join(folder, name.text));
    if (!(f->file = fopen(f->path, "wb")))
        VIB_FAIL(VIB_FAILED, "%s: cannot write: %s", f->path, strerror(errno));
    VIB_TRY(write_version(f));
    *out = f;
    f = NULL;
fail:
    vib_str_free(&name);
    vib_tfevents_close(&f);
    return err;
}

void vib_tfevents_close(vib_tfevents **file)
{
    vib_tfevents *f = *file;
    if (!f)
        return;
    if (f->file)
        fclose(f->file);
    free(f->path);
    free(f);
    *file = NULL;
}

int vib_tfevents_scalar(vib_tfevents *f, const char *tag, uint64_t step, double value)
{
    char plugin[] = "scalars";
    float number = (float)value;
    Vib__TensorShape shape = VIB__TENSOR_SHAPE__INIT;
    Vib__Tensor tensor = VIB__TENSOR__INIT;
    Vib__PluginData data = VIB__PLUGIN_DATA__INIT;
    Vib__SummaryMetadata metadata = VIB__SUMMARY_METADATA__INIT;
    Vib__Value v = VIB__VALUE__INIT, *values[] = {&v};
    Vib__Summary summary = VIB__SUMMARY__INIT;
    Vib__Event event = VIB__EVENT__INIT;
    tensor.dtype = VIB__TENSOR__TYPE__FLOAT;
    tensor.tensor_shape = &shape;
    tensor.n_float_val = 1;
    tensor.float_val = &number;
    data.plugin_name = plugin;
    metadata.plugin_data = &data;
    metadata.data_class = VIB__SUMMARY_METADATA__DATA_CLASS__SCALAR;
    v.tag = (char *)(uintptr_t)tag; /* protobuf-c has no const; packing reads only */
    v.tensor = &tensor;
    v.metadata = &metadata;
    summary.n_value = 1;
    summary.value = values;
    event.step = (int64_t)step;
    event.what_case = VIB__EVENT__WHAT_SUMMARY;
    event.summary = &summary;
    return write_event(f, &event);
}
