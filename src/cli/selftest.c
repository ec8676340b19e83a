#include "command.h"

typedef struct report {
    const options *o;
    json_t *cases;
    size_t done;
} report;

static void on_case(void *user, const char *name, const char *reason)
{
    report *r = user;
    r->done++;
    if (r->cases) {
        json_array_append_new(r->cases,
                              reason ? json_pack("{s:s, s:o}", "name", name, "failed", json_text(reason))
                                     : json_pack("{s:s}", "name", name));
    } else if (reason) {
        terminal_clear();
        printf("failed: %s: %s\n", name, reason);
    } else if (r->o->verbose) {
        printf("passed: %s\n", name);
    }
}

int command_selftest(const options *o)
{
    vib_device *dev = NULL;
    size_t passed = 0, failed = 0;
    uint64_t seed = 1;
    report r = {.o = o};
    if (check_operands(o, 0, 0, "") < 0 || take_seed(o, &seed) < 0)
        return EXIT_USAGE;
    if (o->value[OPT_ALL] && o->value[OPT_TINY]) {
        complain("--all and --tiny: not both");
        return EXIT_USAGE;
    }
    int code = open_device(o, &dev);
    if (code)
        return code;
    r.cases = o->value[OPT_JSON] ? json_array() : NULL;
    const vib_selftest_params params = {
        .all = o->value[OPT_ALL] != NULL,
        .tiny = o->value[OPT_TINY] != NULL,
        .only = o->value[OPT_ONLY],
        .seed = seed,
        .report = on_case,
        .user = &r,
    };
    const int err = vib_selftest(dev, &params, &passed, &failed);
    if (r.cases)
        print_json(json_pack("{s:I, s:I, s:o}", "passed", (json_int_t)passed, "failed", (json_int_t)failed,
                             "cases", r.cases),
                   JSON_INDENT(2));
    else
        printf("%zu passed, %zu failed\n", passed, failed);
    code = exit_code(err);
    if (!code && passed + failed == 0) {
        complain("no case has '%s' in its name", o->value[OPT_ONLY] ? o->value[OPT_ONLY] : "");
        code = EXIT_USAGE;
    }
    vib_device_close(&dev);
    return code;
}
