/* labels.csv: what is read, in which order, and every mistake with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/index.h"
#include "make.h"

static int enter(void **state)
{
    enter_test(state);
    put_file("a.jpg", "x", 1), put_file("b.jpg", "xx", 2), put_file("in/c.jpg", "x", 1);
    put_file("in/d e.png", "x", 1), put_file("q\"uo,te.jpg", "x", 1), put_file("new\nline.jpg", "x", 1);
    return 0;
}

static void put_labels(const char *text)
{
    put_file("labels.csv", text, strlen(text));
}

/* "path=class path=class" */
static const char *list(const vib_dataset *set)
{
    static char text[2048];
    size_t n = 0;
    *text = 0;
    for (size_t i = 0; set && i < vib_dataset_size(set); i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s=%s", n ? " " : "", vib_dataset_path(set, i),
                              vib_dataset_class_name(set, vib_dataset_label(set, i)));
    return text;
}

/* Opens both parts and compares; the text stands for the file. */
static void assert_read(const char *text, const char *train_list, const char *validation_list)
{
    vib_dataset *train = NULL, *validation = NULL;
    put_labels(text);
    assert_int_equal(vib_dataset_open_parts(&(vib_dataset_params){.root = "."}, &train, &validation), 0);
    assert_string_equal(list(train), train_list);
    assert_string_equal(list(validation), validation_list);
    vib_dataset_free(&train);
    vib_dataset_free(&validation);
}

static void read_forms(void **state)
{
    (void)state;
    static const char plain[] = "a.jpg=dog b.jpg=owl in/c.jpg=owl";
    assert_read("path,label\nb.jpg,owl\na.jpg,dog\nin/c.jpg,owl\n", plain, "");
    assert_read("b.jpg,owl\na.jpg,dog\nin/c.jpg,owl", plain, "");
    assert_read("\xEF\xBB\xBFLabel;Notes;FileName\r\nowl;;b.jpg\r\n\r\ndog;x;a.jpg\r\nowl;;in/c.jpg\r\n",
                plain, "");
    assert_read("b.jpg\t owl\na.jpg\tdog \nin/c.jpg\towl\n", plain, "");
    assert_read("\"b.jpg\",\"owl\"\n\"a.jpg\",dog\nin/c.jpg,\"owl\"\n", plain, "");
    assert_read("in/d e.png,\"say \"\"hi\"\"\"\n\"q\"\"uo,te.jpg\",perro\n\"new\nline.jpg\",b\xC3\xBAho\n",
                "new\nline.jpg=b\xC3\xBAho q\"uo,te.jpg=perro in/d e.png=say \"hi\"", "");
    assert_int_equal(log_count("warning"), 0);
}

static void read_splits(void **state)
{
    (void)state;
    assert_read("path,label,split\na.jpg,x,train\nb.jpg,y,Training\nin/c.jpg,x,val\n", "a.jpg=x b.jpg=y",
                "in/c.jpg=x");
    assert_read("path,label,split\na.jpg,x,train\nb.jpg,y,train\nin/c.jpg,x,test\n", "a.jpg=x b.jpg=y",
                "in/c.jpg=x");
    assert_read("path,label,split\na.jpg,x,train\nb.jpg,y,train\nin/c.jpg,x,test\nin/d e.png,y,validation\n",
                "a.jpg=x b.jpg=y", "in/d e.png=y");
    assert_int_equal(log_count("1 pictures of the split test are left out"), 1);
    assert_read("path,label,split\na.jpg,x,\nb.jpg,y,\n", "a.jpg=x b.jpg=y", "");

    /* One part wanted: the one to validate on. The file itself may be named. */
    vib_dataset *set = NULL, *validation = NULL;
    put_labels("a.jpg,x,train\nb.jpg,y,train\nin/c.jpg,x,val\n");
    assert_int_equal(vib_dataset_open(&(vib_dataset_params){.root = "./labels.csv"}, &set, NULL), 0);
    assert_string_equal(list(set), "in/c.jpg=x");
    assert_int_equal(set->items[0].bytes, 1);
    char *full = vib_dataset_full_path(set, 0);
    assert_string_equal(full, "in/c.jpg");
    free(full);
    vib_dataset_free(&set);

    /* Without one, a part is set aside. */
    put_labels("a.jpg,x\nb.jpg,y\nin/c.jpg,x\nin/d e.png,y\n");
    assert_int_equal(vib_dataset_open(&(vib_dataset_params){.root = "."}, &set, &validation), 0);
    assert_int_equal(vib_dataset_size(set), 2);
    assert_int_equal(vib_dataset_size(validation), 2);
    assert_int_equal(vib_dataset_classes(validation), 2);
    vib_dataset_free(&set);
    vib_dataset_free(&validation);
}

static void missing_files(void **state)
{
    (void)state;
    assert_read("path,label\ngone.jpg,x\na.jpg,x\nb.jpg,y\ngone2.jpg,y\n", "a.jpg=x b.jpg=y", "");
    assert_int_equal(log_count("2 files are not there, the first on line 2: left out"), 1);
}

static void assert_refused(const char *text, size_t size, const char *message)
{
    vib_dataset *train = NULL, *validation = NULL;
    put_file("labels.csv", text, size);
    log_start();
    assert_int_equal(vib_dataset_open(&(vib_dataset_params){.root = "."}, &train, &validation), VIB_BAD_DATA);
    if (log_count(message) != 1 || strchr(log_text(), '\n')[1])
        fail_msg("wanted: %s\ngot: %s", message, log_text());
    assert_null(train);
    assert_null(validation);
}

static void mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "./labels.csv: empty: give each picture a line path,label"},
        {"path,label\n", "./labels.csv: empty"},
        {"path,label\na.jpg,x\n,y\n", "./labels.csv:3: no path"},
        {"a.jpg,x\nb.jpg\n",
         "./labels.csv:2: no label for 'b.jpg': a line is path,label or path,label,split"},
        {"a.jpg,x\nb.jpg,  \n", "./labels.csv:2: no label"},
        {"a.jpg,x,train\nb.jpg,y,trian\n",
         "./labels.csv:2: 'trian' is not a split: train, validation or test"},
        {"a.jpg,x,train\n\nb.jpg,y\n", "./labels.csv:3: no split, though other lines have one"},
        {"a.jpg,x\nb.jpg,y\na.jpg,y\n", "./labels.csv:3: 'a.jpg' was on line 1 already"},
        {"a.jpg,x\n\"b.jpg,y\n", "./labels.csv:2: a quote is opened and not closed"},
        {"a.jpg,x\n\"b\".jpg,y\n",
         "./labels.csv:2: text after a closing quote: write a quote in a field as \"\""},
        {"nothing.jpg,x\n", "./labels.csv:1: no such file, nor any other named here: paths start from ."},
        {"a.jpg,x\nb.jpg,x\n", "./labels.csv: one label only (x): at least two are needed"},
        {"a.jpg,x,train\nb.jpg,y,val\n", "./labels.csv: no picture of label 'y' to train on"},
        {"a.jpg,x\nnew\tline.jpg,y\x1b[31m\n\"new\nline.jpg\",\"\"\n",
         "./labels.csv:3: no label for 'new\\nline.jpg'"},
    };
    for (size_t i = 0; i < VIB_COUNT(cases); i++)
        assert_refused(cases[i].text, strlen(cases[i].text), cases[i].message);
    assert_refused("\xFF\xFE"
                   "a\0",
                   4, "./labels.csv: UTF-16: save it as CSV in UTF-8");
    assert_refused("a.jpg,x\0\n", 9, "./labels.csv: not a text file");
    char wide[200] = "";
    memset(wide, ',', 100);
    assert_refused(wide, 100, "./labels.csv:1: more than 64 fields");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(read_forms, enter, leave_test),
        cmocka_unit_test_setup_teardown(read_splits, enter, leave_test),
        cmocka_unit_test_setup_teardown(missing_files, enter, leave_test),
        cmocka_unit_test_setup_teardown(mistakes, enter, leave_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
