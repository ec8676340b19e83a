/* Comes first in every program: what all kernels agree on.
 *
 * Letters: N pictures, H W C of an input, OH OW K of an output, R S of a window, sh sw its strides, ph pw its
 * padding before. Tensors are channels last; element (n,h,w,c) of a tensor is at
 *     base + n*image + h*row + w*C + c
 * where base is the element offset of pixel (0,0) inside its border of zeros. */
#pragma OPENCL FP_CONTRACT OFF

#define KERNEL1 __kernel __attribute__((reqd_work_group_size(1, 1, 1)))
