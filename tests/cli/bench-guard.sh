# What the kernels have gained stays: a training step of the notebook's network, its operations counted from shapes,
# against the device's own multiply-adds. On a machine that others use, either is measured low now and then: the best of
# each counts, so that a low peak helps no more than a slow step harms.
python3 - << 'END'
import json, os, subprocess, sys
LEAST = 0.6
best = {'train_gflops': 0, 'device_peak_gflops': 0}
for _ in range(20):
    out = subprocess.run([os.environ['VIBRISA'], 'bench', '--seconds', '0.5', '--json', '-q'], check=True,
                         stdout=subprocess.PIPE).stdout
    best = {key: max(value, json.loads(out)[key]) for key, value in best.items()}
    ratio = best['train_gflops'] / best['device_peak_gflops']
    print('%.2f of peak' % ratio, file=sys.stderr)
    if ratio >= LEAST:
        sys.exit()
sys.exit('less than %.2f of peak' % LEAST)
END
