# What the kernels have gained stays: a training step of the notebook's network, its operations counted from shapes,
# against the device's own multiply-adds. On a machine that others use, either is measured low now and then: the best of
# each counts, so that a low peak helps no more than a slow step harms.
LEAST=0.6
for try in $(seq 20); do
    $VIBRISA bench --seconds 0.5 --json -q > bench.json
    python3 -c "
import json, os, sys
r = json.load(open('bench.json'))
best = json.load(open('best.json')) if os.path.exists('best.json') else {}
for key in ('train_gflops', 'device_peak_gflops'):
    best[key] = max(best.get(key, 0), r[key])
json.dump(best, open('best.json', 'w'))
ratio = best['train_gflops'] / best['device_peak_gflops']
print('$try: %.2f of peak' % ratio, file=sys.stderr)
sys.exit(0 if ratio >= $LEAST else 1)" && exit 0
done
exit 1
