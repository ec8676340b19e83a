# Cats and dogs as drawn are learned in a few hundred steps, but not without learning and not in one epoch.
$VIBRISA draw pets -q 2>why || { cat why; grep -q 'without cairo' why && exit 77; exit 1; }
$VIBRISA train pets --epochs 1 --lr 1e-12 --name untrained -q
$VIBRISA train pets --epochs 8 --name learned -q
python3 - <<'END'
import csv
def column(run, name):
    return [float(row[name]) for row in csv.DictReader(open(f"runs/{run}/log.csv"))]
untrained, learned = column("untrained", "val_accuracy"), column("learned", "val_accuracy")
print(untrained, learned)
assert 0.4 <= untrained[0] <= 0.6
assert learned[0] < 1 and max(learned) > 0.9
END
