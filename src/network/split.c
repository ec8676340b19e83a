#include "network/internal.h"

/* Values of a work-item: arenas are cut in steps of 512 bytes, so any vector fits. */
static int vector(const vib_network *net)
{
    return vib_device_get_family(net->dev) == VIB_FAMILY_CPU ? 16 : 4;
}

int vib_split_smaller(int part)
{
    int smaller = VIB_GROUP_PICTURES;
    if (part <= smaller)
        return 0;
    while (smaller < part - smaller)
        smaller *= 2;
    return smaller;
}

int vib_split_prepare(vib_network *net)
{
    const int parts = (net->params.batch - 1) / net->part + 1;
    const vib_define defines[] = {VIB_DEFINE("V", vector(net))};
    if (parts == 1 || !net->params.training)
        return VIB_OK;
    while ((parts - 1) >> net->n_waiting)
        net->n_waiting++;
    return vib_add_kernel(&net->layers[0], "reduce.cl", "JOIN", defines, VIB_COUNT(defines),
                          VIB_GROUPS(64, 1, 1), &net->join, "reduce_join_v%d", vector(net));
}

int vib_split_allocate(vib_network *net)
{
    int err = 0;
    for (int l = 0; l < net->n_waiting; l++) {
        VIB_TRY(vib_arena_like(&net->kinds[VIB_VALUE], "gradients of a part", &net->waiting[l]));
        VIB_TRY(vib_arena_allocate(&net->waiting[l], net->dev));
    }
fail:
    return err;
}

/* gradients = left + gradients */
static int join(vib_network *net, const vib_arena *left)
{
    int err = 0;
    const vib_arena *gradients = &net->kinds[VIB_GRADIENT];
    for (size_t c = 0; c < gradients->n; c++) {
        const uint64_t n = gradients->chunks[c].bytes / sizeof(float);
        VIB_TRY(VIB_LAUNCH(net->join, VIB_GROUPS(vib_groups64(n / (uint64_t)vector(net)), 1, 1),
                           vib_arg_buffer(gradients->chunks[c].buffer),
                           vib_arg_buffer(left->chunks[c].buffer), vib_arg_u64(n),
                           vib_arg_buffer(net->nonfinite)));
    }
fail:
    return err;
}

int vib_split_add(vib_network *net, int k, int last)
{
    int err = 0, l = 0;
    for (; last ? k >> l : k >> l & 1; l++)
        if (k >> l & 1)
            VIB_TRY(join(net, &net->waiting[l]));
    if (!last) { /* the next part's gradients go where those of the left neighbours were */
        const vib_arena swap = net->waiting[l];
        net->waiting[l] = net->kinds[VIB_GRADIENT];
        net->kinds[VIB_GRADIENT] = swap;
    }
fail:
    return err;
}
