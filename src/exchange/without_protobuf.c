#include "base/common.h"
#include "exchange/tfevents.h"

int vib_tfevents_available(void)
{
    return 0;
}

int vib_tfevents_open(const char *folder, vib_tfevents **out)
{
    (void)out;
    return vib_fail(VIB_FAILED,
                    "%s: cannot write TensorBoard's files: built without protobuf-c; install it and "
                    "build again",
                    folder);
}

void vib_tfevents_close(vib_tfevents **file)
{
    *file = NULL;
}

int vib_tfevents_scalar(vib_tfevents *file, const char *tag, uint64_t step, double value)
{
    (void)file, (void)tag, (void)step, (void)value;
    return VIB_FAILED;
}
