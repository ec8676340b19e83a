#!/usr/bin/env python3
"""browser.py VIBRISA PICTURES RECIPE: a report and `serve` in headless Chromium: nothing on its console, nothing
fetched, no sideways scrolling on a phone, the threshold moves by keyboard and counts right, a picture that is chosen
is answered, axe-core finds nothing wrong in light and in dark. Needs Chromium, chromedriver and the module selenium,
here or in the Python that VIBRISA_BROWSER_PYTHON names (else exit code 77); axe-core comes from the module
axe_playwright_python, where that is there."""
import glob
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError as missing:
    other = os.environ.get("VIBRISA_BROWSER_PYTHON")
    if other and os.path.realpath(other) != os.path.realpath(sys.executable):
        os.execv(other, [other] + sys.argv)
    print(f"skipped: {missing}")
    sys.exit(77)


def open_browser():
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        print("skipped: no chromium and chromedriver")
        sys.exit(77)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(driver))


def axe():
    found = importlib.util.find_spec("axe_playwright_python")
    if not found:
        print("axe-core is not there: accessibility is what read_page.py looks at")
        return None
    with open(os.path.join(os.path.dirname(found.origin), "axe.min.js"), encoding="utf-8") as f:
        return f.read()


def show(browser, page, width, scheme):
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                            {"features": [{"name": "prefers-color-scheme", "value": scheme},
                                          {"name": "prefers-reduced-motion", "value": "reduce"}]})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
    browser.get("file://" + page)
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    assert wide <= width, f"{wide} pixels wide on a screen of {width}"
    broken = browser.execute_script("return [...document.images].filter(i => !i.naturalWidth).map(i => i.alt)")
    assert not broken, broken


def check_slider(browser):
    first, second = json.loads(browser.find_element(By.ID, "outcome").get_attribute("data-counts"))
    slider = browser.find_element(By.ID, "at")
    for key, value in ((Keys.ARROW_RIGHT, 51), (Keys.HOME, 0), (Keys.ARROW_RIGHT, 1), (Keys.END, 100)):
        slider.send_keys(key)
        cells = [int(browser.find_element(By.ID, i).text) for i in ("c00", "c01", "c10", "c11")]
        above = first["above"][value], second["above"][value]
        assert cells == [first["all"] - above[0], above[0], second["all"] - above[1], above[1]], (value, cells)
        right = 100 * (cells[0] + cells[3]) / sum(cells)
        assert browser.find_element(By.ID, "share-right").text == f"{right:.1f} %"
        assert browser.find_element(By.ID, "at-value").text == f"{value} %"
        at = browser.execute_script("return document.querySelector('.chart').style.getPropertyValue('--at')")
        assert float(at) == value / 100


def check_axe(browser, script):
    browser.execute_script(script)
    found = browser.execute_async_script("const done = arguments[0]; axe.run(document).then(r => done(r.violations))")
    for v in found:
        print(v["id"], v["help"], [n["html"][:120] for n in v["nodes"]][:3])
    assert not found, f"{len(found)} findings of axe-core"


def check_page(browser, page, script):
    for width, scheme in ((1100, "light"), (1100, "dark"), (390, "light")):
        show(browser, page, width, scheme)
        if script:
            check_axe(browser, script)
    check_slider(browser)
    log = [entry for entry in browser.get_log("browser")]
    assert not log, log
    asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in asked if m["method"] == "Network.requestWillBeSent"]
    assert all(url.startswith(("file://" + page, "data:")) for url in asked), asked


def check_serve(browser, vibrisa, pictures, script):
    """A picture chosen in the page of `vibrisa serve` is answered; what is no picture is said to be none."""
    server = subprocess.Popen([vibrisa, "serve", "runs/tiny", "--port", "0", "--json", "-q"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    try:
        line = server.stdout.readline()
        if not line:
            return print("built without libmicrohttpd: no serve")
        browser.get(json.loads(line)["url"])
        state = browser.find_element(By.ID, "state")
        for name, shown in (("broken.jpg", False), (pictures[0], True), (pictures[1], True)):
            browser.execute_script("arguments[0].textContent = ''", state)
            browser.find_element(By.ID, "file").send_keys(os.path.abspath(name))
            done = state.get_attribute("data-done") if shown else "This is no picture that can be read."
            WebDriverWait(browser, 30).until(lambda _: state.text == done)
            assert browser.find_element(By.ID, "answer").is_displayed() == shown
            text = browser.find_element(By.ID, "look").text
            assert not shown or (os.path.basename(name) in text and "Grad-CAM" in text and "cats" in text), text
        if script:
            check_axe(browser, script)
        log = [entry["message"] for entry in browser.get_log("browser") if " 422 " not in entry["message"]]
        assert not log, log
    finally:
        server.terminate()
        server.wait()


def main(vibrisa, pictures, recipe):
    browser = open_browser()
    try:
        with tempfile.TemporaryDirectory(prefix="vibrisa-") as scratch:
            os.chdir(scratch)
            subprocess.run([pictures, "data", "24"], check=True)
            subprocess.run([vibrisa, "train", "data", "-r", recipe, "-q"], check=True)
            subprocess.run([vibrisa, "report", "runs/tiny", "--lang", "es", "-o", "es.html", "-q"], check=True)
            script = axe()
            for page in ("runs/tiny/report.html", "es.html"):
                check_page(browser, os.path.join(scratch, page), script)
            with open("broken.jpg", "wb") as f:
                f.write(b"not a picture")
            check_serve(browser, vibrisa, sorted(glob.glob("data/validation/*/*")), script)
    finally:
        browser.quit()
    print("the report and serve work in Chromium")


main(*(os.path.abspath(path) for path in sys.argv[1:]))
