// Asks the pipeline what it holds and draws it. Everything that comes from logs is set as text, never as HTML.

const POLL_MS = 1000;
const COLOURS = ["#0b84a5", "#f6a021", "#6f4e7c", "#3f9b4f", "#ca472f", "#8dadd8", "#b8860b", "#c05299", "#5f7f7a", "#9a6d3a"];
const BUCKETS = { 1: "minute", 5: "five minutes", 15: "quarter of an hour", 60: "hour", 360: "quarter of a day", 1440: "day", 10080: "week", 40320: "four weeks", 525600: "year" };
// uPlot's own labels have am and pm: [increment in seconds, text, text at the turn of a year, null, of a day, …].
const AXIS_24_HOURS = [
  [31536000, "{YYYY}", null, null, null, null, null, null, 1],
  [2419200, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [86400, "{YYYY}-{MM}-{DD}", null, null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", null, "\n{YYYY}-{MM}-{DD}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{YYYY}-{MM}-{DD}", null, "\n{YYYY}-{MM}-{DD}", null, null, null, 1],
];
const byId = (id) => document.getElementById(id);

let ranges = [];
let chosen = null; // { from_ms, to_ms, key } ; null until the data's own range is known
let pinned = false; // chosen by the reader: newer data does not move it
let plot = null;
let shown = "";

const number = (n) => n.toLocaleString("en-GB");
const time = (ms) => new Date(ms).toISOString().replace("T", " ").replace(/\.000Z$|Z$/, "");
const day = (ms) => new Date(ms).toISOString().slice(0, 10);

function lag(ms) {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 120000) return `${Math.round(ms / 1000)} s`;
  return `${Math.round(ms / 60000)} min`;
}

function fill(id, rows, emptyText) {
  const body = byId(id).tBodies[0];
  const columns = byId(id).tHead.rows[0].cells.length;
  const made = rows.map((cells) => {
    const tr = document.createElement("tr");
    for (const cell of cells) {
      const td = document.createElement("td");
      const { text, kind, title } = typeof cell === "object" && cell !== null ? cell : { text: cell };
      td.textContent = text ?? "";
      if (kind) td.className = kind;
      if (title) td.title = title;
      tr.append(td);
    }
    return tr;
  });
  if (made.length === 0) {
    const tr = document.createElement("tr");
    tr.className = "empty";
    const td = document.createElement("td");
    td.colSpan = columns;
    td.textContent = emptyText;
    tr.append(td);
    made.push(tr);
  }
  body.replaceChildren(...made);
}

const n = (value, bad = false) => ({ text: number(value), kind: bad && value > 0 ? "n bad" : "n" });
const t = (ms) => ({ text: time(ms), kind: "t" });
const sum = (reasons) => Object.values(reasons).reduce((a, b) => a + b, 0);
const list = (reasons) => Object.entries(reasons).map(([reason, count]) => `${reason}: ${count}`).join(", ");

function drawRanges() {
  const all = { from_ms: ranges[0].from_ms, to_ms: ranges[ranges.length - 1].to_ms, events: ranges.reduce((a, r) => a + r.events, 0), key: "all" };
  const offers = ranges.map((r) => ({ ...r, key: String(r.from_ms) }));
  if (offers.length > 1) offers.push(all);
  if (!pinned || !offers.some((o) => o.key === chosen?.key)) {
    // The data's own range: where most events lie.
    chosen = offers.filter((o) => o.key !== "all" || offers.length === 1).reduce((a, b) => (b.events > a.events ? b : a));
  } else {
    chosen = offers.find((o) => o.key === chosen.key);
  }
  const buttons = offers.map((offer) => {
    const button = document.createElement("button");
    const days = day(offer.from_ms) === day(offer.to_ms) ? day(offer.from_ms) : `${day(offer.from_ms)} – ${day(offer.to_ms)}`;
    button.textContent = `${offer.key === "all" ? "all: " : ""}${days} · ${number(offer.events)}`;
    button.setAttribute("aria-pressed", String(offer.key === chosen.key));
    button.addEventListener("click", () => {
      pinned = true;
      chosen = offer;
      drawRanges();
      refreshRange();
    });
    return button;
  });
  byId("ranges").replaceChildren(...buttons);
}

function drawChart(chart) {
  byId("bucket").textContent = BUCKETS[chart.bucket_minutes] ?? `${chart.bucket_minutes} minutes`;
  byId("span").textContent = `${time(chosen.from_ms)} to ${time(chosen.to_ms)} UTC`;
  const empty = chart.times.length === 0;
  byId("chart").hidden = empty;
  byId("chart-empty").hidden = !empty;
  if (empty) return;
  const data = [chart.times, ...chart.services.map((s) => s.counts)];
  const names = chart.services.map((s) => s.name).join("\n") + chart.bucket_minutes;
  if (plot && shown === names) {
    plot.setData(data);
    return;
  }
  shown = names;
  plot?.destroy();
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--muted");
  const grid = { stroke: style.getPropertyValue("--line"), width: 1 };
  plot = new uPlot(
    {
      width: byId("chart").clientWidth,
      height: 260,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      scales: { y: { range: (_, min, max) => [0, Math.max(1, max * 1.05)] } },
      axes: [{ stroke: ink, grid, values: AXIS_24_HOURS, space: 70 }, { stroke: ink, grid, size: 60 }],
      series: [
        { label: "UTC", value: (_, seconds) => (seconds === null ? "" : time(seconds * 1000)) },
        ...chart.services.map((s, i) => ({
          label: s.name,
          stroke: COLOURS[i % COLOURS.length],
          fill: COLOURS[i % COLOURS.length] + "22",
          width: 1.5,
          points: { show: chart.times.length < 120, size: 5 },
        })),
      ],
    },
    data,
    byId("chart"),
  );
}

function drawStatus(status) {
  byId("totals").textContent = `${number(status.total_events)} events in ${(status.store_bytes / 1e6).toFixed(1)} MB · ${status.store_path}`;
  fill("accounts", status.accounts.map((a) => [
    a.mapping,
    n(a.taken),
    n(a.mapping === "transform" ? a.parsed : a.delivered),
    n(a.joined),
    n(a.duplicates),
    { ...n(sum(a.filtered)), title: list(a.filtered) },
    { ...n(sum(a.dead), true), title: list(a.dead) },
  ]), "Nothing has come yet.");
  const unparsed = status.accounts.map((a) => list(a.unparsed)).filter(Boolean).join(", ");
  const off = status.accounts.filter((a) => !a.balances).map((a) => a.mapping);
  byId("balance").textContent = (off.length ? `The counts of ${off.join(", ")} do not add up: please report this. ` : "Each log event ended exactly once. ")
    + (unparsed ? `Kept as plain text because their format refused them: ${unparsed}.` : "");
  fill("mappings", status.mappings.map((m) => [
    m.mapping,
    m.shard,
    { text: m.error ? `${m.state}: ${m.error}` : m.state, kind: m.error ? "bad" : "" },
    { text: lag(m.behind_ms), kind: "n" },
  ]), "No shard has been read yet.");
  byId("dead-total").textContent = status.dead_letters.total ? `${number(status.dead_letters.total)} in ${status.dead_letters.path}` : "";
  fill("dead-reasons", status.dead_letters.by_reason.map((r) => [r.stage, r.reason, n(r.count, true)]), "None: everything has passed.");
  fill("dead-latest", status.dead_letters.latest.map((d) => [t(d.last_try_ms), d.sink ? `${d.stage} ${d.sink}` : d.stage, { text: d.reason, title: d.detail }, d.place, d.file]), "None.");
}

async function ask(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function refreshRange() {
  if (!chosen) return;
  const query = `from=${chosen.from_ms}&to=${chosen.to_ms}`;
  const asked = chosen.key;
  const [chart, who, moves] = await Promise.all([ask(`/api/chart?${query}`), ask(`/api/who?${query}`), ask(`/api/moves?${query}`)]);
  if (asked !== chosen.key) return;
  drawChart(chart);
  fill("who", who.rows.map((r) => [r.who ?? "(nobody named)", r.service ?? "", n(r.count), t(r.last_seen_ms)]), "Nobody in this range.");
  byId("who-note").textContent = who.note ?? "";
  fill("moves", moves.rows.map((m) => [t(m.time_ms), { text: m.what, kind: "t" }, m.file, m.source ?? "", m.destination ?? ""]), "No file was moved in this range.");
  byId("moves-note").textContent = moves.note ?? "";
}

let lastSeen = "";
async function refresh() {
  try {
    const status = await ask("/api/status");
    byId("notice").hidden = !status.notice;
    byId("notice").textContent = status.notice ?? "";
    drawStatus(status);
    const seen = JSON.stringify([status.total_events, status.ranges]);
    if (status.ranges.length > 0 && seen !== lastSeen) {
      ranges = status.ranges;
      drawRanges();
      await refreshRange();
      lastSeen = seen;
    } else if (status.ranges.length === 0) {
      byId("chart-empty").hidden = false;
      fill("who", [], "Nothing has come yet.");
      fill("moves", [], "Nothing has come yet.");
    }
    document.body.dataset.ready = "true";
  } catch (error) {
    byId("notice").hidden = false;
    byId("notice").textContent = `The pipeline does not answer: ${error.message}`;
  }
  setTimeout(refresh, POLL_MS);
}

window.addEventListener("resize", () => plot?.setSize({ width: byId("chart").clientWidth, height: 260 }));
refresh();
