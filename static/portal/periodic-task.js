"use strict";

// In the form of a periodic task: says under the chosen crontab what it means.
const translations = JSON.parse(document.getElementById("readable-crontabs").textContent);
const crontab = document.getElementById("id_crontab");
const row = document.querySelector(".field-crontab_translation");

if (crontab && row) {
  const words = document.createElement("div");
  words.className = "help";
  words.setAttribute("aria-live", "polite");
  crontab.closest(".form-row").append(words);
  row.hidden = true;
  const say = () => { words.textContent = translations[crontab.value] || ""; };
  crontab.addEventListener("change", say);
  say();
}
