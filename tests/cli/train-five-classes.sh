# Five class folders and nothing else: pictures are set aside, the network fits, every class is told from the others.
python3 - <<'P'
import os, random, struct, zlib
random.seed(1)
SIDE, colours = 24, {"amber": (230, 160, 20), "grey": (120, 120, 120), "moss": (60, 120, 40), "rose": (220, 90, 120),
                     "sky": (90, 160, 230)}
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
for name, colour in colours.items():
    os.makedirs(f"five/{name}")
    for i in range(40):
        light = random.randint(-40, 25)
        row = lambda: b"\0" + bytes(min(255, max(0, c + light + random.randint(-20, 20)))
                                    for _ in range(SIDE) for c in colour)
        with open(f"five/{name}/{i:02}.png", "wb") as f:
            f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)) +
                    chunk(b"IDAT", zlib.compress(b"".join(row() for _ in range(SIDE)))) + chunk(b"IEND", b""))
P
$VIBRISA train five --image-size 16 --epochs 12 --batch 16 --name five -q
$VIBRISA evaluate runs/five five --json -q > result.json
$VIBRISA predict runs/five five/moss/00.png five/sky/39.png --json -q > answers.json
python3 - <<'P'
import json
r = json.load(open("result.json"))
assert r["classes"] == ["amber", "grey", "moss", "rose", "sky"], r["classes"]
assert r["pictures"] == 200 and len(r["confusion"]) == 5 and r["auc"] is None, r
assert r["accuracy"] >= 0.9, r
answers = [json.loads(line) for line in open("answers.json")]
assert [a["class"] for a in answers] == ["moss", "sky"], answers
assert all(abs(sum(a["probabilities"].values()) - 1) < 1e-5 for a in answers), answers
P
