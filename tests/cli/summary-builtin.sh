# Every built-in recipe: its weights for two classes and what its network costs.
for recipe in allcnn deeper default mlp mobilenet notebook resnet18 resnet18-64 vgg11; do
    $VIBRISA summary $recipe > all
    echo "$recipe: $(sed -n 's/^Trainable params: //p' all) $(sed -n 's/^multiply-adds for one picture: //p' all)"
done
