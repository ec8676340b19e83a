#include "picture/show/words.h"

#include <string.h>

static const struct {
    const char *english, *spanish;
} words[] = {
    /* charts.c, matrix.c */
    {"How training went", "Cómo fue el entrenamiento"},
    {"Runs compared", "Entrenamientos comparados"},
    {"accuracy", "exactitud"},
    {"loss", "pérdida"},
    {"epoch", "época"},
    {"Accuracy: share of pictures classified right", "Exactitud: parte de las imágenes bien clasificadas"},
    {"Loss: how wrong the probabilities are", "Pérdida: cuánto se equivocan las probabilidades"},
    {"training pictures", "imágenes de entrenamiento"},
    {"validation pictures", "imágenes de validación"},
    {"best, epoch %d", "mejor, época %d"},
    {"%s: best at epoch %d of %d, with an accuracy of %.4f",
     "%s: lo mejor en la época %d de %d, con una exactitud de %.4f"},
    {"one line a run, of validation pictures; best accuracy and its epoch beside each name",
     "una línea por entrenamiento, de las imágenes de validación; mejor exactitud y su época junto a cada "
     "nombre"},
    {"Confusion matrix", "Matriz de confusión"},
    {"%zu of %zu pictures right: accuracy %.4f", "%zu de %zu imágenes bien: exactitud %.4f"},
    {"true class", "clase verdadera"},
    {"the network's answer", "respuesta de la red"},
    {"share of the true class", "parte de la clase verdadera"},
    {"0 %", "0 %"},
    {"100 %", "100 %"},
};

const char *vib_say(vib_language language, const char *english)
{
    for (size_t i = 0; language == VIB_SPANISH && i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i].english, english))
            return words[i].spanish;
    return english;
}
