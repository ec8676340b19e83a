#include "picture/show/words.h"

#include <string.h>

static const struct {
    const char *english, *spanish;
} words[] = {
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
    {"The worst mistakes", "Los peores errores"},
    {"answered wrong: %zu of %zu pictures, those with the least for the truth first",
     "mal respondidas: %zu de %zu imágenes, primero las que menos dan a la verdad"},
    {"There are none: every picture is answered right.",
     "No hay ninguno: todas las respuestas son correctas."},
    {"truth:", "verdad:"},
    {"answer:", "respuesta:"},
    {"The pictures that training begins with", "Las imágenes con las que empieza el entrenamiento"},
    {"%zu of %zu pictures, each as it is and as the network is given it, %d×%d pixels",
     "%zu de %zu imágenes, cada una como es y como la recibe la red, %d×%d píxeles"},
    {"before", "antes"},
    {"augmented", "aumentada"},
    {"The filters of %s", "Los filtros de %s"},
    {"%d filters of %d×%d pixels: the colours that each one looks for",
     "%d filtros de %d×%d píxeles: los colores que busca cada uno"},
    {"%d filters of %d×%d pixels: what each one adds and takes away",
     "%d filtros de %d×%d píxeles: lo que suma y resta cada uno"},
    {"grey: weight 0; lighter: more of the colour; darker: less; each filter's largest weight has the full "
     "colour",
     "gris: peso 0; más claro: más de ese color; más oscuro: menos; el mayor peso de cada filtro tiene el "
     "color pleno"},
    {"takes away", "resta"},
    {"adds", "suma"},
    {"channel it reads", "canal que lee"},
    {"filter", "filtro"},
    {"%d filters, a row each: %d×%d weights for each of the %d channels they read",
     "%d filtros, uno por fila: %d×%d pesos para cada uno de los %d canales que leen"},
    {"%s: %d numbers", "%s: %d números"},
    {"%s: 1 number", "%s: 1 número"},
    {"%s: %d maps of %d×%d", "%s: %d mapas de %d×%d"},
    {"the first %d of them", "los primeros %d"},
    {"What %s makes of a picture", "Lo que %s hace de una imagen"},
    {"What each layer makes of a picture", "Lo que cada capa hace de una imagen"},
    {"%s; yellow: a filter answers strongly; dark: it does not",
     "%s; amarillo: un filtro responde con fuerza; oscuro: no responde"},
    {"Grad-CAM: where the network sees '%s'", "Grad-CAM: dónde ve la red «%s»"},
    {"%s: '%s' with %.1f %%", "%s: «%s» con %.1f %%"},
    {"%s: '%s' with %.1f %%; nothing in this layer speaks for it",
     "%s: «%s» con %.1f %%; nada en esta capa habla a su favor"},
    {"what the network is given", "lo que recibe la red"},
    {"where %s speaks for '%s'", "dónde %s habla a favor de «%s»"},
    {"nowhere", "nada"},
    {"most", "lo máximo"},
    {"What one output of %s sees", "Lo que ve una salida de %s"},
    {"%s: %d×%d of %d×%d pixels, rows %d to %d, columns %d to %d",
     "%s: %d×%d de %d×%d píxeles, filas %d a %d, columnas %d a %d"},
    {"the pixels that it depends on", "los píxeles de los que depende"},
    {"its place in %s: row %d, column %d of %d×%d", "su lugar en %s: fila %d, columna %d de %d×%d"},
    {"mean of its %d maps:", "media de sus %d mapas:"},
    {"A filter slides over a picture", "Un filtro recorre una imagen"},
    {"%s, filter %d of %d, over %s: at each place, %d products make one number",
     "%s, filtro %d de %d, sobre %s: en cada lugar, %d productos dan un número"},
    {"under the window", "bajo la ventana"},
    {"× the filter", "× el filtro"},
    {"comes out:", "sale:"},
    {"the picture: %d×%d", "la imagen: %d×%d"},
    {"channel %d of the %d it reads: %d×%d", "canal %d de los %d que lee: %d×%d"},
    {"the feature map: %d×%d", "el mapa de características: %d×%d"},
    {"the channel that it weighs most; the sum is over all of them",
     "el canal que más pesa; la suma es sobre todos"},
};

const char *vib_say(vib_language language, const char *english)
{
    for (size_t i = 0; language == VIB_SPANISH && i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i].english, english))
            return words[i].spanish;
    return english;
}
