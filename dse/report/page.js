"use strict";
(() => {
  const told = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const wide = matchMedia("(min-width: 68.01rem)");
  const hoverable = matchMedia("(hover: hover)").matches;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");

  // ---- themes: drawings name their colours by the tokens of the style sheet

  const tokens = {};
  for (const theme of ["light", "dark"]) {
    root.dataset.theme = theme;
    const style = getComputedStyle(root);
    tokens[theme] = (name) => style.getPropertyValue(name).trim();
    const names = [...new Set([...document.styleSheets[0].cssRules]
      .filter((rule) => rule.selectorText === ":root")
      .flatMap((rule) => [...rule.style]).filter((name) => name.startsWith("--")))];
    const values = Object.fromEntries(names.map((name) => [name, tokens[theme](name)]));
    tokens[theme] = values;
  }

  const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const mixed = (from, to, share) =>
    "rgb(" + channels(from).map((c, i) => Math.round(c + (channels(to)[i] - c) * share)) + ")";
  const between = (palette, share) => share < 0.5
    ? mixed(palette["--low"], palette["--middle"], 2 * share)
    : mixed(palette["--middle"], palette["--high"], 2 * share - 1);

  // "--token", "--token/opacity", "@share" of the scale from low to high, "@scale" itself.
  function coloured(value, palette) {
    if (typeof value === "string") {
      if (value === "@scale") return [0, 0.25, 0.5, 0.75, 1].map((at) => [at, between(palette, at)]);
      if (/^@[0-9.]+$/.test(value)) return between(palette, Number(value.slice(1)));
      const found = /^(--[a-z]+)(?:\/([0-9.]+))?$/.exec(value);
      if (!found || !(found[1] in palette)) return value;
      const colour = palette[found[1]];
      return found[2] ? `rgba(${channels(colour)},${found[2]})` : colour;
    }
    if (Array.isArray(value)) return value.map((item) => coloured(item, palette));
    if (value && typeof value === "object") {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, coloured(item, palette)]));
    }
    return value;
  }

  function template(palette) {
    const axis = {
      gridcolor: palette["--rule"], linecolor: palette["--soft"], zeroline: false, ticks: "outside",
      ticklen: 4, tickcolor: palette["--rule"], automargin: true, title: { standoff: 10 },
      tickfont: { color: palette["--soft"] },
    };
    const depth = { ...axis, backgroundcolor: "rgba(0,0,0,0)", showspikes: false };
    return {
      layout: {
        font: { family: palette["--sans"], size: 12, color: palette["--ink"] },
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
        xaxis: axis, yaxis: axis, scene: { xaxis: depth, yaxis: depth, zaxis: depth },
        margin: { l: 12, r: 14, t: 8, b: 8 },
        legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, font: { size: 12 },
          bgcolor: "rgba(0,0,0,0)" },
        hoverlabel: { bgcolor: palette["--panel"], bordercolor: palette["--soft"], align: "left",
          font: { color: palette["--ink"], size: 12, family: palette["--sans"] } },
        modebar: { bgcolor: "rgba(0,0,0,0)", color: palette["--others"],
          activecolor: palette["--accent"] },
        coloraxis: { colorbar: { outlinewidth: 0, thickness: 12 } },
      },
    };
  }

  const escaped = (line) => line.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
  const hovers = told.designs.map(({ lines }) => lines.map(escaped).join("<br>"));

  // Where there is little room: names in lines, a scale below, fewer marks.

  const wrapped = (words) => words.split(" ").reduce((lines, word) => {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 15) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
    return lines;
  }, []).join("<br>");
  function fitted({ data, layout }) {
    const names = data.flatMap((trace) => (trace.orientation === "h" ? trace.y : []));
    if (names.length) {
      layout.yaxis.labelalias = Object.fromEntries(names.map((name) => [name, wrapped(name)]));
    }
    if (names.length && layout.xaxis?.range) {
      const [low, high] = layout.xaxis.range;
      layout.xaxis.range = [low, high + 0.25 * (high - low)];
    }
    const marks = layout.xaxis?.tickvals;
    if (marks?.length > 5 && layout.xaxis.type !== "log" && names.length) {
      layout.xaxis.tickvals = marks.filter((_, place) => place % 2 === 0);
      layout.xaxis.ticktext = layout.xaxis.ticktext.filter((_, place) => place % 2 === 0);
    }
    for (const { colorbar } of data) {
      if (!colorbar) continue;
      Object.assign(colorbar, { orientation: "h", y: -0.2, yanchor: "top", len: 1 });
      colorbar.title = { side: "top", text: colorbar.title.text.replaceAll("<br>", " ").trim() };
    }
    if (layout.scene) {
      layout.scene.camera.projection = { type: "orthographic" };
      layout.scene.aspectratio = { x: 0.8, y: 0.8, z: 0.8 };
    }
    return { data, layout };
  }

  function specification(drawing, theme) {
    const palette = tokens[theme];
    const data = coloured(drawing.data, palette);
    for (const trace of data) {
      if (trace.customdata && trace.hovertemplate?.includes("hovertext")) {
        trace.hovertext = trace.customdata.map((places) => hovers[[places].flat()[0]] ?? "");
      }
    }
    const layout = { ...coloured(drawing.layout, palette), template: template(palette) };
    return { data, layout: { ...layout, showlegend: false } };
  }

  // ---- drawings

  let onPaper = false;
  let beforePaper = null;
  const heights = new Map();
  const canvases = [...document.querySelectorAll(".canvas")];
  const drawingOf = (canvas) => told.drawings[canvas.id.slice("draw-".length)];
  const threeDimensional = (drawing) => drawing.data.some((trace) => trace.type === "scatter3d");
  const webgl = (() => {
    try { return Boolean(document.createElement("canvas").getContext("webgl")); }
    catch { return false; }
  })();
  const config = (canvas) => ({
    displayModeBar: hoverable && "hover", showSendToCloud: false, displaylogo: false, scrollZoom: false,
    modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "toImage"],
    toImageButtonOptions: { format: "svg", filename: fileName(canvas) },
  });
  const fileName = (canvas) => `${told.study}-${canvas.id.slice("draw-".length)}`;
  let shownTheme = "light";
  const drawnAt = new Map();
  const isNarrow = (canvas) => canvas.clientWidth < 480;
  const resized = new ResizeObserver((entries) => {
    for (const { target: canvas } of entries) {
      const width = canvas.clientWidth;
      if (!canvas.data || onPaper || !width || width === drawnAt.get(canvas)) continue;
      if (isNarrow(canvas) !== isNarrow({ clientWidth: drawnAt.get(canvas) })) draw(canvas);
      drawnAt.set(canvas, width);
      Plotly.Plots.resize(canvas);
    }
  });

  function draw(canvas) {
    const drawing = drawingOf(canvas);
    if (threeDimensional(drawing) && !webgl) {
      canvas.classList.add("empty");
      canvas.textContent = "This browser has no WebGL, which three dimensions need.";
      return;
    }
    drawnAt.set(canvas, canvas.clientWidth);
    const whole = specification(drawing, shownTheme);
    const { data, layout } = isNarrow(canvas) ? fitted(whole) : whole;
    const first = !canvas.data;
    Plotly.react(canvas, data, { ...layout, uirevision: "kept" }, config(canvas));
    if (!first) return;
    resized.observe(canvas);
    canvas.on("plotly_click", (event) => {
      const place = [event.points[0]?.customdata].flat()[0];
      if (Number.isInteger(place) && place >= 0) pin(place);
    });
    if (isParallel(canvas)) {
      canvas.on("plotly_selected", (event) => event && brush(canvas, event.points));
      canvas.on("plotly_deselect", () => { brushed = null; dimLines(canvas); });
    }
  }

  // Parallel coordinates: a trace is a design; each drag along an axis narrows what is kept.

  const isParallel = (canvas) => drawingOf(canvas).data.some((trace) => trace.meta?.design !== undefined);
  let brushed = null;
  function brush(canvas, points) {
    const passing = new Set(points.map((point) => point.customdata));
    brushed = brushed ? new Set([...brushed].filter((place) => passing.has(place))) : passing;
    dimLines(canvas);
  }
  function dimLines(canvas) {
    const palette = tokens[shownTheme];
    const designs = canvas.data.map((trace) => trace.meta.design);
    const strength = (design) => {
      if (designs.includes(pinned)) return design === pinned ? 1 : 0.1;
      return !brushed || brushed.has(design) ? 1 : 0.06;
    };
    const own = coloured(drawingOf(canvas).data.map((trace) => trace.line.color), palette);
    Plotly.restyle(canvas, {
      opacity: designs.map(strength),
      "line.width": designs.map((design) => (design === pinned ? 3.2 : 1.6)),
      "line.color": designs.map((design, at) => (design === pinned ? palette["--baseline"] : own[at])),
      selectedpoints: [null],
    });
  }

  const waiting = [...canvases];
  const later = window.requestIdleCallback ?? ((work) => setTimeout(work, 0));
  function drawNext() {
    const canvas = waiting.shift();
    if (!canvas) { root.dataset.drawn = "yes"; return; }
    draw(canvas);
    later(drawNext, { timeout: 200 });
  }
  function drawAll() { while (waiting.length) draw(waiting.shift()); root.dataset.drawn = "yes"; }

  // ---- the theme's switch

  const kept = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
  let chosen = ["light", "dark"].includes(kept) ? kept : "automatic";
  const button = document.getElementById("theme");
  function applyTheme() {
    shownTheme = chosen === "automatic" ? (prefersDark.matches ? "dark" : "light") : chosen;
    root.dataset.theme = shownTheme;
    button.textContent = `Theme: ${chosen}`;
    canvases.filter((canvas) => canvas.data).forEach(draw);
    highlight();
  }
  button.addEventListener("click", () => {
    const order = ["automatic", "light", "dark"];
    chosen = order[(order.indexOf(chosen) + 1) % order.length];
    try { localStorage.setItem("theme", chosen); } catch { /* a file may not keep anything */ }
    applyTheme();
  });
  prefersDark.addEventListener("change", applyTheme);

  // ---- one design, found in every drawing

  let pinned = null;
  const card = document.getElementById("pinned");
  function pin(place) {
    pinned = place === pinned ? null : place;
    card.hidden = pinned === null;
    if (pinned !== null) {
      card.querySelector(".eyebrow").textContent = `Design ${told.designs[pinned].label}`;
      const { lines, more, command } = told.designs[pinned];
      card.querySelector(".command").hidden = !command;
      card.querySelector("code").textContent = command ?? "";
      const copy = card.querySelector("[data-copy]");
      copy.dataset.copy = command ?? "";
      copy.textContent = "Copy";
      card.querySelector("ul").replaceChildren(...[...lines, ...(more ?? [])].map((line) => {
        const item = document.createElement("li");
        item.textContent = line;
        return item;
      }));
    }
    highlight();
  }
  function highlight() {
    for (const element of document.querySelectorAll("[data-design]")) {
      element.classList.toggle("pinned", Number(element.dataset.design) === pinned);
    }
    for (const canvas of canvases) {
      if (!canvas.data) continue;
      if (isParallel(canvas)) { dimLines(canvas); continue; }
      const own = canvas.data.map((trace) => trace.customdata ?? []);
      if (pinned === null || !own.flat(2).includes(pinned)) { unmark(canvas); continue; }
      const changes = canvas.data.map((trace, at) => own[at].length
        ? own[at].flatMap((places, point) => ([places].flat().includes(pinned) ? [point] : []))
        : null);
      const linked = canvas.data.flatMap((trace, at) =>
        (trace.customdata && ["scatter", "bar"].includes(trace.type) ? [at] : []));
      if (linked.length) {
        Plotly.restyle(canvas, { selectedpoints: linked.map((at) => changes[at]) }, linked);
      }
    }
  }
  function unmark(canvas) {
    if (canvas.data.some((trace) => trace.selectedpoints)) {
      Plotly.restyle(canvas, { selectedpoints: [null] });
    }
  }
  card.querySelector("button").addEventListener("click", () => pin(pinned));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && pinned !== null) pin(pinned);
  });
  for (const element of document.querySelectorAll("[data-design]")) {
    element.addEventListener("click", (event) => {
      if (!event.target.closest(".build details, button")) pin(Number(element.dataset.design));
    });
  }

  // ---- tables that sort by a click on a head

  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => head.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.cells[column].dataset.value;
      const order = (one, other) => (value(one) === "" ? 1 : 0) - (value(other) === "" ? 1 : 0)
        || (down ? -1 : 1) * (Number(value(one)) - Number(value(other))
          || value(one).localeCompare(value(other)));
      body.append(...[...body.rows].sort(order));
    }));
  }

  // ---- tables that are filtered and saved; files and commands that are copied

  const save = (name, text, kind) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: kind }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  for (const filters of document.querySelectorAll(".filters")) {
    const table = filters.parentElement.querySelector("table.sortable");
    const rows = [...table.tBodies[0].rows];
    const keeps = (input, row) => {
      if (input.value === "") return true;
      if (input.dataset.filter === "text") {
        return row.textContent.toLowerCase().includes(input.value.toLowerCase());
      }
      const value = Number(row.cells[Number(input.dataset.filter)].dataset.value);
      const limit = Number(input.value) / Number(input.dataset.factor);
      const room = 1e-9 * Math.abs(limit);
      return input.dataset.sign === "≤" ? value <= limit + room : value >= limit - room;
    };
    const apply = () => {
      const inputs = [...filters.querySelectorAll("input")];
      for (const row of rows) row.hidden = !inputs.every((input) => keeps(input, row));
      const shown = rows.filter((row) => !row.hidden).length;
      filters.querySelector("output").textContent = `${shown} of ${rows.length}`;
    };
    filters.addEventListener("input", apply);
    apply();
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
    const cell = (one, column) => {
      if (!column) return one.textContent.trim().replace(/^#/, "");
      const value = one.dataset.value;
      return value === "" ? null : Number.isNaN(Number(value)) ? value : Number(value);
    };
    const told = () => [...table.tBodies[0].rows].filter((row) => !row.hidden)
      .map((row) => [...row.cells].map(cell));
    const quoted = (value) => (value === null ? ""
      : /[",\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
    filters.querySelector("[data-table=csv]").addEventListener("click", () =>
      save("designs.csv", [heads, ...told()].map((row) => row.map(quoted).join(",")).join("\n"),
        "text/csv"));
    filters.querySelector("[data-table=json]").addEventListener("click", () =>
      save("designs.json", JSON.stringify(told().map((row) =>
        Object.fromEntries(row.map((value, at) => [heads[at], value]))), null, 1),
        "application/json"));
  }
  for (const copy of document.querySelectorAll("[data-copy]")) {
    copy.addEventListener("click", async (event) => {
      event.stopPropagation();
      try { await navigator.clipboard.writeText(copy.dataset.copy); copy.textContent = "Copied"; }
      catch { copy.textContent = "Select and copy it"; }
    });
  }
  for (const file of document.querySelectorAll("[data-file]")) {
    file.addEventListener("click", (event) => {
      event.stopPropagation();
      save(file.dataset.file, file.dataset.text, "application/toml");
    });
  }

  // ---- legends, which hide and show what they name

  for (const entry of document.querySelectorAll("[data-trace]")) {
    entry.addEventListener("click", () => {
      const canvas = entry.closest("figure").querySelector(".canvas");
      const shown = entry.getAttribute("aria-pressed") === "false";
      entry.setAttribute("aria-pressed", String(shown));
      const members = drawingOf(canvas).data.flatMap((trace, at) =>
        ((trace.legendgroup ?? trace.name) === entry.dataset.trace ? [at] : []));
      for (const at of members) drawingOf(canvas).data[at].visible = shown;
      Plotly.restyle(canvas, { visible: shown }, members);
    });
  }

  // ---- saving, always on white, as a paper needs it

  for (const button of document.querySelectorAll("[data-save]")) {
    button.addEventListener("click", () => {
      const canvas = button.closest("figure").querySelector(".canvas");
      const { data, layout } = specification(drawingOf(canvas), "light");
      layout.showlegend = Boolean(button.closest("figure").querySelector(".legend"));
      const size = { width: Math.max(canvas.clientWidth, 640), height: canvas.clientHeight };
      const scale = button.dataset.save === "png" ? 3 : 1;
      Plotly.downloadImage({ data, layout: { ...layout, paper_bgcolor: "#ffffff" } },
        { format: button.dataset.save, filename: fileName(canvas), scale, ...size });
    });
  }

  // ---- paper

  addEventListener("beforeprint", () => {
    drawAll();
    onPaper = true;
    beforePaper = chosen;
    chosen = "light";
    applyTheme();
    for (const canvas of canvases) {
      if (!canvas.data) continue;
      heights.set(canvas, canvas.style.height);
      const height = Math.round(0.8 * parseInt(canvas.style.height, 10));
      canvas.style.height = `${height}px`;
      const [room, needed] = [roomOnPaper(canvas), parseInt(canvas.style.minWidth || "0", 10)];
      canvas.style.zoom = needed > room ? room / needed : 1;
      Plotly.relayout(canvas, { width: Math.max(room, needed), height });
    }
  });
  addEventListener("afterprint", () => {
    onPaper = false;
    chosen = beforePaper ?? chosen;
    for (const [canvas, height] of heights) {
      canvas.style.height = height;
      canvas.style.zoom = 1;
      Plotly.relayout(canvas, { width: null, height: null, autosize: true });
    }
    applyTheme();
  });
  const roomOnPaper = (canvas) => (canvas.closest("figure").classList.contains("half") ? 370 : 820);

  // ---- contents

  const contents = document.querySelector("nav details");
  const fold = () => { contents.open = wide.matches; };
  wide.addEventListener("change", fold);
  const links = new Map([...document.querySelectorAll("nav a")].map((a) => [a.hash.slice(1), a]));
  const inView = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-10% 0px -75% 0px" });
  for (const section of document.querySelectorAll("section")) inView.observe(section);

  fold();
  applyTheme();
  later(drawNext, { timeout: 200 });
})();
