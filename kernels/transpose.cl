/* (rows, cols) -> (cols, rows): weights for the input gradients. One work-item: 64 rows of a column. */
#ifndef NAME
#define NAME transpose
#endif

KERNEL64 void NAME(__global float *restrict to, const __global float *restrict from, const ulong from_base,
                   const int rows, const int cols)
{
    const int col = (int) get_global_id(0), first = (int) get_global_id(1) * 64;
    if (col < cols)
        for (int row = first; row < min(first + 64, rows); row++)
            to[(ulong) col * rows + row] = from[from_base + (ulong) row * cols + col];
}
