"use strict";
// Rows are hidden that hold not all the words, or no claim with the verdict; a section without rows is hidden, too.
const byId = id => document.getElementById(id);
const searched = [...document.querySelectorAll(".searched")];
const texts = new Map(searched.map(row => [row, row.textContent.toLowerCase()]));
function keep() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(word => word);
  const verdict = byId("verdict").value;
  let kept = 0;
  for (const row of searched) {
    const has = verdict === "" || (row.dataset.verdicts ?? "").split(";").includes(verdict);
    row.hidden = !(has && words.every(word => texts.get(row).includes(word)));
    if (row.matches("article") && !row.hidden) kept += 1;
  }
  for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector(".searched:not([hidden])");
  const all = searched.filter(row => row.matches("article")).length;
  byId("count").textContent = words.length === 0 && verdict === "" ? `${all} rows` : `${kept} of ${all} rows`;
}
byId("search").addEventListener("input", keep);
byId("verdict").addEventListener("change", keep);
// Who follows a link to a hidden row sees it.
addEventListener("hashchange", () => {
  const row = byId(location.hash.slice(1))?.closest(".searched, .group");
  if (!row || (!row.hidden && !row.closest("[hidden]"))) return;
  byId("search").value = "";
  byId("verdict").value = "";
  keep();
  row.scrollIntoView();
});
byId("search-bar").hidden = false;
// On a narrow page the contents would be all that one sees.
if (matchMedia("(max-width: 34rem)").matches) byId("contents").open = false;
keep();
