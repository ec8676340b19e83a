/* (taps, rows, cols) -> (taps, cols, rows): weights for the input gradients. One work-item: one column. */
#ifndef NAME
#define NAME transpose
#endif

KERNEL64 void NAME(__global float *restrict to, const __global float *restrict from, const ulong from_base,
                   const int taps, const int rows, const int cols)
{
    const int id = (int) get_global_id(0);
    if (id < taps * cols) {
        const int tap = id / cols, col = id % cols;
        for (int row = 0; row < rows; row++)
            to[((ulong) tap * cols + col) * rows + row] = from[from_base + ((ulong) tap * rows + row) * cols + col];
    }
}
