$PICTURES data 2
printf 'vibrisa 1\nimage 8x8 rgb\nflatten\ndense 1 sigmoid\n' > a.recipe
$VIBRISA train data -r a.recipe
