#include "reference/real.h"

/* Over one pixel's channels: exp(y - max) / sum, in order. */
static void softmax(real *y, int c)
{
    real most = y[0], sum = 0;
    for (int i = 1; i < c; i++)
        most = y[i] > most ? y[i] : most;
    for (int i = 0; i < c; i++) {
        y[i] = real_exp(y[i] - most);
        sum += y[i];
    }
    for (int i = 0; i < c; i++)
        y[i] /= sum;
}

void REF(activate)(int activation, real *y, size_t n, int c)
{
    const size_t count = n * (size_t)c;
    switch (activation) {
    case VIB_ACTIVATION_RELU: /* not fmax, which differs on -0 and hides NaN */
        for (size_t i = 0; i < count; i++)
            y[i] = y[i] <= 0 ? 0 : y[i];
        break;
    case VIB_ACTIVATION_RELU6:
        for (size_t i = 0; i < count; i++)
            y[i] = y[i] <= 0 ? 0 : y[i] >= 6 ? 6 : y[i];
        break;
    case VIB_ACTIVATION_SIGMOID:
        for (size_t i = 0; i < count; i++)
            y[i] = real_sigmoid(y[i]);
        break;
    case VIB_ACTIVATION_TANH:
        for (size_t i = 0; i < count; i++)
            y[i] = real_tanh(y[i]);
        break;
    case VIB_ACTIVATION_SILU:
        for (size_t i = 0; i < count; i++)
            y[i] = y[i] * real_sigmoid(y[i]);
        break;
    case VIB_ACTIVATION_SOFTMAX:
        for (size_t i = 0; i < n; i++)
            softmax(y + i * (size_t)c, c);
        break;
    }
}

void REF(activate_backward)(int activation, real *dy, const real *y, size_t n, int c)
{
    const size_t count = n * (size_t)c;
    switch (activation) {
    case VIB_ACTIVATION_RELU: /* K40: 0 at 0 */
        for (size_t i = 0; i < count; i++)
            dy[i] = y[i] > 0 ? dy[i] : 0;
        break;
    case VIB_ACTIVATION_RELU6: /* 0 at both ends, as Keras's */
        for (size_t i = 0; i < count; i++)
            dy[i] = y[i] > 0 && y[i] < 6 ? dy[i] : 0;
        break;
    case VIB_ACTIVATION_SIGMOID:
        for (size_t i = 0; i < count; i++)
            dy[i] = dy[i] * (y[i] * (1 - y[i]));
        break;
    case VIB_ACTIVATION_TANH:
        for (size_t i = 0; i < count; i++)
            dy[i] = dy[i] * real_fma(-y[i], y[i], 1);
        break;
    case VIB_ACTIVATION_SILU: /* not monotonous: y stands for x here */
        for (size_t i = 0; i < count; i++) {
            const real s = real_sigmoid(y[i]);
            dy[i] = dy[i] * (s * real_fma(y[i], 1 - s, 1));
        }
        break;
    case VIB_ACTIVATION_SOFTMAX:
        for (size_t i = 0; i < n; i++, y += c, dy += c) {
            real sum = 0;
            for (int k = 0; k < c; k++)
                sum = real_fma(dy[k], y[k], sum);
            for (int k = 0; k < c; k++)
                dy[k] = (dy[k] - sum) * y[k];
        }
        break;
    }
}

static void forward(const REF(site) * s, int activation)
{
    const size_t pixels = (size_t)s->in.n * s->in.h * s->in.w;
    for (size_t i = 0; i < pixels * s->in.c; i++)
        s->y[i] = s->x[i];
    REF(activate)(activation, s->y, pixels, s->in.c);
}

static void backward(const REF(site) * s, int activation)
{
    const size_t pixels = (size_t)s->in.n * s->in.h * s->in.w;
    for (size_t i = 0; i < pixels * s->in.c; i++)
        s->dx[i] = s->dy[i];
    REF(activate_backward)
    (activation, s->dx, activation == VIB_ACTIVATION_SILU ? s->x : s->y, pixels, s->in.c);
}

#define ACTIVATION(name, which)                    \
    void REF(name##_forward)(const REF(site) * s)  \
    {                                              \
        forward(s, which);                         \
    }                                              \
    void REF(name##_backward)(const REF(site) * s) \
    {                                              \
        backward(s, which);                        \
    }

ACTIVATION(relu, VIB_ACTIVATION_RELU)
ACTIVATION(relu6, VIB_ACTIVATION_RELU6)
ACTIVATION(sigmoid, VIB_ACTIVATION_SIGMOID)
ACTIVATION(softmax, VIB_ACTIVATION_SOFTMAX)
ACTIVATION(tanh, VIB_ACTIVATION_TANH)
ACTIVATION(silu, VIB_ACTIVATION_SILU)
