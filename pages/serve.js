"use strict";
const state = document.getElementById("state"), drop = document.getElementById("drop");
const file = document.getElementById("file"), answer = document.getElementById("answer");
let asked = 0;
const ask = async (picture) => {
    const mine = ++asked; // an answer to an earlier question comes too late
    if (picture.size > Number(state.dataset.limit)) {
        state.textContent = state.dataset.large;
        return;
    }
    state.textContent = state.dataset.working;
    let text, good;
    try {
        const reply = await fetch("answer?name=" + encodeURIComponent(picture.name), { method: "POST", body: picture });
        text = await reply.text();
        good = reply.ok;
    } catch {
        text = state.dataset.broken;
        good = false;
    }
    if (mine !== asked)
        return;
    state.textContent = good ? state.dataset.done : text;
    answer.hidden = !good;
    if (good) {
        document.getElementById("look").innerHTML = text; // made by the program, which escapes every name
        answer.focus();
    }
};
file.addEventListener("change", () => { if (file.files.length) ask(file.files[0]); });
for (const type of ["dragenter", "dragover"])
    addEventListener(type, (e) => { e.preventDefault(); drop.classList.add("over"); });
for (const type of ["dragleave", "drop"])
    addEventListener(type, (e) => { e.preventDefault(); drop.classList.remove("over"); });
addEventListener("drop", (e) => { if (e.dataTransfer.files.length) ask(e.dataTransfer.files[0]); });
addEventListener("paste", (e) => { if (e.clipboardData.files.length) ask(e.clipboardData.files[0]); });
