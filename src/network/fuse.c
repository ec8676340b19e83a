#include "network/fused/fused.h"
#include "network/internal.h"

/* conv2d, then max-pooling of windows side by side: only winners are stored, forward and backward. */
static void conv2d_maxpool2d(vib_network *net)
{
    for (size_t i = 1; i < net->n; i++) {
        vib_layer *pool = &net->layers[i], *before = &net->layers[i - 1];
        if (before->y == pool->x[0] && before->readers == 1 &&
            vib_fused_conv2d_maxpool2d_fits(before, pool)) {
            before->ops = &vib_fused_conv2d_maxpool2d;
            before->fused = pool;
            before->hidden = 1;
            pool->ops = &vib_fused_away;
        }
    }
}

/* relu, then max-pooling: the pooled value says whether the winner passed the relu, so the pooling's gradient
 * goes through both, and the full-size mask is never read. */
static void relu_behind_maxpool(vib_network *net)
{
    for (size_t i = 1; i < net->n; i++) {
        vib_layer *pool = &net->layers[i], *before = &net->layers[i - 1];
        if (pool->ops == &vib_layer_maxpool2d && before->y == pool->x[0] &&
            before->ops == &vib_layer_conv2d && before->readers == 1 &&
            before->activation == VIB_ACTIVATION_RELU)
            pool->masks = before->masked = 1;
    }
}

/* conv2d or dense, then batchnorm: outside of training its statistics are fixed, and both are one layer with
 * other weights. */
static void fold_batchnorm(vib_network *net)
{
    for (size_t i = 0; i < net->n; i++) {
        const int from = vib_graph_folds_into(net->params.graph, net->needs, i);
        if (from == VIB_INPUT)
            continue;
        vib_layer *before = &net->layers[from], *norm = &net->layers[i];
        vib_fold *fold = &net->folds[from];
        *fold = (vib_fold){.layer = *before, .norm = norm};
        fold->layer.y = norm->y;
        fold->layer.dy = fold->layer.dx[0] = NULL;
        fold->layer.activation = norm->activation;
        fold->layer.weights = fold->weights;
        fold->layer.need.n_weights = (int)VIB_COUNT(fold->weights);
        before->fold = fold;
        before->hidden = !net->params.training;
        before->ops = &vib_fused_fold;
        if (net->params.training)
            norm->folded = 1;
        else
            norm->ops = &vib_fused_away;
    }
}

/* The loss works from logits (K42): it takes the last activation over. */
static void activation_into_loss(vib_network *net)
{
    vib_layer *last = &net->layers[net->n - 1];
    if (net->params.loss)
        last->activation = VIB_ACTIVATION_LINEAR;
}

void vib_fuse(vib_network *net)
{
    if (!net->params.unfused) {
        conv2d_maxpool2d(net);
        relu_behind_maxpool(net);
    }
    activation_into_loss(net);
    if (!net->params.unfused)
        fold_batchnorm(net);
}
