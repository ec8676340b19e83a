"use strict";
// The threshold: counts[class][t] = pictures of the class with a probability of the second above t per cent.
const slider = document.getElementById("at");
if (slider) {
    const table = document.getElementById("outcome");
    const [first, second] = JSON.parse(table.dataset.counts);
    const chart = document.querySelector(".scores .chart");
    const set = (id, text) => { document.getElementById(id).textContent = text; };
    const share = (part, all) => all ? (100 * part / all).toFixed(1) + " %" : "–";
    const show = () => {
        const t = Number(slider.value);
        const c11 = second.above[t], c10 = second.all - c11, c01 = first.above[t], c00 = first.all - c01;
        set("c11", c11); set("c10", c10); set("c01", c01); set("c00", c00);
        set("share-right", share(c11 + c00, first.all + second.all));
        set("share-found", share(c11, second.all));
        set("share-true", share(c11, c11 + c01));
        set("at-value", t + " %");
        slider.setAttribute("aria-valuetext", t + " %");
        chart.style.setProperty("--at", t / 100);
    };
    slider.addEventListener("input", show);
    show();
}
for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
        const code = document.getElementById(button.dataset.copy);
        const said = document.getElementById("said");
        try {
            await navigator.clipboard.writeText(code.textContent);
            said.textContent = button.dataset.done;
            const before = button.textContent;
            button.textContent = button.dataset.done;
            setTimeout(() => { button.textContent = before; said.textContent = ""; }, 1500);
        } catch {
            getSelection().selectAllChildren(code); // no clipboard here: ready for the keyboard's copy
        }
    });
}
