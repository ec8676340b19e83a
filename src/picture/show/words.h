/* Every word a picture or a page says, in the languages there are. */
#ifndef VIB_PICTURE_SHOW_WORDS_H
#define VIB_PICTURE_SHOW_WORDS_H

#include <vibrisa/show.h>

/* The English text, or what stands for it in the language. Texts with %s and the like take the same arguments
 * in the same order. A test compares the table with the sources: no text is left out. */
const char *vib_say(vib_language language, const char *english);

#endif
