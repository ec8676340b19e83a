#include <stdlib.h>

#include "command.h"

int command_serve(const options *o)
{
    (void)o;
    complain("serve: built without libmicrohttpd; install it and build again");
    return EXIT_FAILURE;
}
