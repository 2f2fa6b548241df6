"use strict";
(() => {
  const tables = [...document.querySelectorAll("table")];
  const rows = tables.flatMap((table) => [...table.tBodies[0].rows]);
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const collator = new Intl.Collator(undefined, { numeric: true });

  const keyOf = (row, column) => {
    const cell = row.cells[column];
    return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent;
  };
  const compare = (a, b) => {
    const [isNumber, isOther] = [typeof a === "number", typeof b === "number"];
    if (isNumber && isOther) return a - b;
    if (isNumber !== isOther) return isNumber ? -1 : 1; // what is unknown comes last
    return collator.compare(a, b);
  };
  const sort = (table, column) => {
    const heads = [...table.tHead.rows[0].cells];
    const turn = heads[column].getAttribute("aria-sort") === "ascending" ? -1 : 1;
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[column].setAttribute("aria-sort", turn > 0 ? "ascending" : "descending");
    const keyed = [...table.tBodies[0].rows].map((row) => [keyOf(row, column), row]);
    keyed.sort(([a], [b]) => turn * compare(a, b));
    table.tBodies[0].append(...keyed.map(([, row]) => row));
  };
  tables.forEach((table) => {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, column));
      head.append(button);
    });
  });

  const form = document.getElementById("finder");
  const found = document.getElementById("found");
  const search = (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    rows.forEach((row) => {
      row.hidden = !words.every((word) => texts.get(row).includes(word));
      left += !row.hidden;
    });
    found.value = words.length ? `${left} of ${rows.length} rows` : "";
  };
  form.hidden = rows.length === 0;
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("words").addEventListener("input", search);
})();
