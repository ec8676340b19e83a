#include "check.h"

/* add and concat, and gradients from several readers. */
const vib_check_case vib_check_join[] = {
    {"relu name=a; sigmoid; add with=a; concat with=a,input", 3, 2, 3, 2, 2, VIB_CHECK_TINY},
    /* a tensor that is wanted four times, with and without a border; itself twice */
    {"conv2d 4 3x3 same name=a; conv2d 4 3x3 same; add with=a relu name=b; sigmoid from=a; "
     "add with=a,b,a tanh; concat with=a,b; flatten; dense 3",
     6, 5, 3, 9, 8, VIB_CHECK_LARGE},
    /* relu in front of a pool and of another reader; flatten of a tensor with a border, and with two readers
     */
    {"conv2d 4 3x3 same relu name=a; maxpool2d 2x2; flatten name=p; conv2d 3 3x3 same from=a; flatten "
     "name=q; "
     "flatten from=a name=f; dense 4 name=d; dense 4 from=f; concat with=p,q,f,d",
     6, 4, 2, 3, 2, VIB_CHECK_LARGE},
    {"flatten name=f; dense 5 relu name=d; concat with=f; dense 5; add with=d sigmoid", 2, 3, 2, 2, 2,
     VIB_CHECK_LARGE},
    {0},
};
