"use strict";
(function () {
  const filter = document.getElementById("filter");
  if (!filter) return;
  const words = document.getElementById("words");
  const rule = document.getElementById("rule");
  const told = document.getElementById("told");
  const shown = document.getElementById("shown");
  const toggles = [...filter.querySelectorAll(".toggle")];
  const findings = [...document.querySelectorAll(".finding")];
  const texts = new Map(findings.map((one) => [one, one.textContent.toLowerCase()]));
  const streams = [...document.querySelectorAll("section.stream")];
  const markers = [...document.querySelectorAll(".marker")];

  function apply() {
    const kinds = new Set(toggles.filter((one) => one.getAttribute("aria-pressed") === "true").map((one) => one.dataset.kind));
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const one of findings) {
      const fits = kinds.has(one.dataset.kind) && (!rule.value || one.dataset.rule === rule.value)
        && wanted.every((word) => texts.get(one).includes(word));
      one.hidden = !fits;
      count += fits;
    }
    for (const marker of markers) marker.hidden = document.getElementById(marker.dataset.for).hidden;
    for (const stream of streams) {
      const none = stream.querySelector(".none");
      if (none) none.hidden = Boolean(stream.querySelector(".finding:not([hidden])"));
    }
    document.body.classList.toggle("only-told", told.checked);
    const all = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
    shown.textContent = count === findings.length ? all : `${count} of ${all}`;
  }

  function reveal() {
    const name = decodeURIComponent(location.hash.slice(1));
    const target = name && document.getElementById(name);
    if (!target) return;
    if (target.hidden || (told.checked && target.closest(".timeline"))) {
      for (const one of toggles) one.setAttribute("aria-pressed", "true");
      words.value = rule.value = "";
      told.checked = false;
      apply();
    }
    const own = target.matches(".event") && target.querySelector("details");
    if (own) own.open = true;
    for (let around = target.parentElement; around; around = around.parentElement) {
      if (around.tagName === "DETAILS") around.open = true;
    }
    target.scrollIntoView();
  }

  for (const one of toggles) {
    one.addEventListener("click", () => {
      one.setAttribute("aria-pressed", String(one.getAttribute("aria-pressed") !== "true"));
      apply();
    });
  }
  filter.addEventListener("submit", (event) => event.preventDefault());
  words.addEventListener("input", apply);
  rule.addEventListener("change", apply);
  told.addEventListener("change", apply);
  addEventListener("hashchange", reveal);
  filter.hidden = false;
  apply();
  reveal();
})();
