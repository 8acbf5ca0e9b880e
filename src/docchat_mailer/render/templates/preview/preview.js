// The page's one script: asks for pieces again after each save, and keeps the place in the frame.
"use strict";

const form = document.getElementById("wish");
const stage = document.getElementById("stage");
const state = document.getElementById("state");
const width = document.getElementById("width");
const pixels = document.getElementById("pixels");
const pieces = {
  contents: document.getElementById("contents"),
  envelope: document.getElementById("envelope"),
  findings: document.getElementById("findings"),
};
const root = document.documentElement;
let revision = root.dataset.revision;
let turn = 0;
let frame = stage.querySelector("iframe");
let coming = null;
let shown = "";

const query = () => new URLSearchParams(new FormData(form));
const part = () => form.elements.part.value;

function identity(asked) {
  // what the document depends on: all that is wished for but the width, and what the server made of it
  const of = new URLSearchParams(asked);
  of.delete("width");
  return of + "#" + pieces.envelope.querySelector(".seen").dataset.digest;
}

async function ask(name, asked, mine) {
  const answer = await fetch("/" + name + "?" + asked);
  const text = await answer.text();
  if (!answer.ok) throw new Error("the preview could not answer: see the terminal it runs in");
  if (mine === turn) put(pieces[name], text);
  return mine === turn;
}

function put(piece, text) {
  if (piece.last === text) return;
  piece.last = text;
  const held = piece.contains(document.activeElement) ? document.activeElement.dataset.part : undefined;
  piece.innerHTML = text;
  if (held !== undefined) {
    for (const link of piece.querySelectorAll("[data-part]")) if (link.dataset.part === held) link.focus();
  }
}

async function show(news) {
  const mine = ++turn, asked = query(), began = performance.now();
  try {
    if (!(await ask("envelope", asked, mine))) return;
    const wanted = identity(asked);
    if (wanted !== shown) await swap(asked, wanted, mine);
    if (news && mine === turn) {
      const time = new Date().toLocaleTimeString();
      say("Saved " + time + ", shown in " + Math.round(performance.now() - began) + " ms");
    }
    await Promise.all([ask("contents", asked, mine), ask("findings", asked, mine)]);
  } catch (error) {
    if (mine === turn) say(error.message, true);
  }
}

function say(words, lost = false) {
  state.textContent = words;
  state.classList.toggle("lost", lost);
}

function swap(asked, wanted, mine) {
  // the new document loads behind the old one and takes its place, and its place in the text
  return new Promise((done) => {
    if (coming) coming.remove();
    const next = document.createElement("iframe");
    const stays = place(asked) === place(shown.split("#")[0]);
    coming = next;
    next.title = "The part";
    next.setAttribute("sandbox", "allow-same-origin");
    next.className = "coming";
    next.addEventListener("load", () => {
      if (mine !== turn || coming !== next) return done();
      if (stays || !shown) {
        const from = frame.contentWindow;
        next.contentWindow.scrollTo({ left: from.scrollX, top: from.scrollY, behavior: "instant" });
      }
      const focused = document.activeElement === frame;
      next.className = "";
      frame.remove();
      frame = next;
      coming = null;
      shown = wanted;
      if (focused) next.focus();
      root.dataset.shown = wanted;
      done();
    });
    next.src = "/frame?" + asked;
    stage.prepend(next);
  });
}

function place(asked) {
  const of = new URLSearchParams(asked);
  return [of.get("part"), of.get("view"), of.get("kind")].join(" ");
}

function widen(to) {
  const value = Math.min(Math.max(Math.round(to), Number(width.min)), Number(width.max));
  width.value = value;
  pixels.textContent = value;
  stage.style.width = value + "px";
}

function remember() {
  history.replaceState(null, "", "/?" + query());
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", (event) => {
  remember();
  if (event.target !== width) show();
});
width.addEventListener("input", () => widen(width.value));
for (const button of form.querySelectorAll("[data-width]")) {
  button.addEventListener("click", () => {
    widen(button.dataset.width);
    remember();
  });
}

pieces.contents.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-part]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  form.elements.part.value = link.dataset.part;
  remember();
  show();
});

const grip = document.getElementById("grip");
grip.addEventListener("pointerdown", (event) => {
  // the stage stands in the middle: each pixel of the hand widens it by two
  const start = { x: event.clientX, width: stage.offsetWidth };
  const move = (to) => widen(start.width + 2 * (to.clientX - start.x));
  grip.setPointerCapture(event.pointerId);
  stage.classList.add("dragged");
  grip.addEventListener("pointermove", move);
  grip.addEventListener("lostpointercapture", () => {
    grip.removeEventListener("pointermove", move);
    stage.classList.remove("dragged");
    remember();
  }, { once: true });
});

widen(width.value);
shown = identity(query());
root.dataset.shown = shown;

const news = new EventSource("/news");
news.addEventListener("message", (event) => {
  if (state.classList.contains("lost")) say("Waiting for a save");
  if (event.data === revision) return;
  revision = event.data;
  root.dataset.revision = revision;
  show(true);
});
news.addEventListener("error", () => say("The preview has stopped", true));
