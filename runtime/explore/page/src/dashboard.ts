// What the backend does, live: workers, runs, memory, the requests of this explorer, their plans and what went wrong.
import * as api from "./api";
import * as format from "./format";
import { graph } from "./plan";
import { timeline, type Row } from "./timeline";

interface Request {
  number: number;
  what: string;
  began: number;
  waited: number;
  seconds: number;
  lane: number;
  has_plan: boolean;
  bytes_read: number;
}

interface Status {
  backend: string;
  threads: number;
  memory_limit: number;
  resident: number;
  requests: {
    running: (Request & { state: string; done: number; note: string })[];
    ended: (Request & { cancelled: boolean })[];
    bytes_read: number;
    now: number;
    lines: { number: number; at: number; text: string }[];
  };
  cluster?: {
    error?: string;
    coordinator: string;
    clients: number;
    workers: { name: string; address: string; threads: number; memory_limit: number; memory_used: number; held: number; ranges: number; resident: number; cpu: number; retiring: boolean }[];
    runs: { number: number; done: number; waits_for: string | null }[];
    arrays: { names: string[]; bytes: number }[];
    refused: string[];
  };
}

type Cell = string | { bar: number; text: string } | { button: string; press: () => void };

const span = 60; // seconds of the time line

function table(title: string, heads: string[], rows: Cell[][], empty: string): HTMLElement {
  const section = document.createElement("section");
  const head = document.createElement("h2");
  head.textContent = title;
  section.append(head);
  if (rows.length === 0) {
    const note = document.createElement("p");
    note.textContent = empty;
    section.append(note);
    return section;
  }
  const frame = document.createElement("div");
  frame.className = "table";
  const element = document.createElement("table");
  const line = element.createTHead().insertRow();
  for (const text of heads) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = text;
    line.append(cell);
  }
  const body = element.createTBody();
  for (const row of rows) {
    const tr = body.insertRow();
    for (const value of row) {
      const td = tr.insertCell();
      if (typeof value === "string") {
        td.textContent = value;
        continue;
      }
      if ("button" in value) {
        const button = document.createElement("button");
        button.textContent = value.button;
        button.addEventListener("click", value.press);
        td.append(button);
        continue;
      }
      const meter = document.createElement("progress");
      meter.max = 1;
      meter.value = Math.max(0, Math.min(1, value.bar));
      td.append(meter, ` ${value.text}`);
    }
  }
  frame.append(element);
  section.append(frame);
  return section;
}

export class Dashboard {
  private source: EventSource | null = null;
  private readonly history: { time: number; resident: number; running: number; bytes: number }[] = [];
  /** CPUs that each worker kept busy, sample by sample. */
  private readonly samples = new Map<string, Row["bars"]>();
  private last = 0; // when the last sample was taken
  private readonly events: { time: string; text: string }[] = []; // what changed in the cluster
  private workers: Set<string> | null = null;
  private readonly parts = new Map<string, { element: HTMLElement; text: string }>();
  private planned = 0; // the request whose plan is shown; 0: the newest that has one
  private plan: { request: number; plan: api.Plan } | null = null;
  private asked = 0;
  private log: { worker: string; text: string } | null = null;

  constructor(private readonly root: HTMLElement) {
    document.addEventListener("visibilitychange", () => this.follow());
  }

  /** Follows the backend while the dashboard is in sight, and not otherwise: each stream takes a connection. */
  follow(): void {
    const seen = !this.root.hidden && document.visibilityState === "visible";
    if (seen === (this.source !== null)) return;
    if (!seen) {
      this.source?.close();
      this.source = null;
      return;
    }
    this.source = new EventSource("api/status");
    this.source.onmessage = (event: MessageEvent<string>) => this.show(JSON.parse(event.data) as Status);
    this.source.onerror = () => {
      this.root.dataset.lost = "true";
    };
  }

  /** Puts a part below those that were put before; one that is as it was stays, with its focus and what is selected. */
  private put(name: string, part: HTMLElement): void {
    const text = part.outerHTML;
    const known = this.parts.get(name);
    if (known && known.text === text && !part.querySelector("canvas")) return;
    part.dataset.part = name;
    if (known) known.element.replaceWith(part);
    else this.root.append(part);
    this.parts.set(name, { element: part, text });
  }

  private show(status: Status): void {
    delete this.root.dataset.lost;
    const cluster = status.cluster;
    const { requests } = status;
    const running = requests.running.length + (cluster?.runs?.length ?? 0);
    this.history.push({ time: Date.now(), resident: status.resident, running, bytes: requests.bytes_read });
    if (this.history.length > 240) this.history.shift();
    this.sample(status);
    this.put("facts", this.facts(status));
    this.put("curves", this.curves());
    this.put("work", this.work(status));
    if (cluster?.error) {
      const note = document.createElement("p");
      note.className = "message";
      note.textContent = cluster.error;
      this.put("workers", note);
    } else if (cluster) {
      this.put("workers", this.table(cluster));
      this.put("runs", table("Runs", ["run", "done", "waits for"], cluster.runs.map((r) => [String(r.number), { bar: r.done, text: `${Math.floor(r.done * 100)} %` }, r.waits_for ?? ""]), "Nothing runs."));
      this.put("kept", table("Kept arrays", ["published as", "size"], cluster.arrays.map((a) => [a.names.join(", ") || "not published", format.bytes(a.bytes)]), "No array is kept."));
      this.put("refused", cluster.refused.length > 0 ? table("Not taken in", ["why"], cluster.refused.map((why) => [why]), "") : document.createElement("div"));
    }
    this.put(
      "running",
      table(
        "Requests of this explorer under way",
        ["request", "what", "state", "seconds", "done", "read", ""],
        requests.running.map((r) => [String(r.number), r.what, r.note || r.state, r.seconds.toFixed(1), { bar: r.done, text: `${Math.floor(r.done * 100)} %` }, format.bytes(r.bytes_read), this.planButton(r)]),
        "None.",
      ),
    );
    this.showPlan(status);
    this.put(
      "ended",
      table(
        "The last ones",
        ["request", "what", "seconds", "read", "", ""],
        requests.ended.slice(0, 15).map((r) => [String(r.number), r.what, r.seconds.toFixed(3), format.bytes(r.bytes_read), r.cancelled ? "cancelled" : "", this.planButton(r)]),
        "None yet.",
      ),
    );
    this.put("log", this.logPart(status));
  }

  private facts(status: Status): HTMLElement {
    const cluster = status.cluster;
    const facts = document.createElement("dl");
    const fact = (name: string, value: string) => {
      const pair = document.createElement("div");
      const term = document.createElement("dt");
      term.textContent = name;
      const description = document.createElement("dd");
      description.textContent = value;
      pair.append(term, description);
      facts.append(pair);
    };
    fact("Backend", status.backend);
    if (!cluster) {
      fact("Threads", String(status.threads));
      if (status.memory_limit > 0) fact("Memory for runs", format.bytes(status.memory_limit));
    } else if (!cluster.error) {
      fact("Coordinator", cluster.coordinator);
      fact("Workers", String(cluster.workers.length));
      fact("Threads", String(cluster.workers.reduce((sum, w) => sum + w.threads, 0)));
      fact("Clients", String(cluster.clients));
    }
    fact("Memory of this explorer", format.bytes(status.resident));
    fact("Read for this explorer", format.bytes(status.requests.bytes_read));
    return facts;
  }

  private table(cluster: NonNullable<Status["cluster"]>): HTMLElement {
    return table(
      "Workers",
      ["name", "address", "threads", "busy", "memory", "process", "kept", "ranges running", ""],
      cluster.workers.map((w) => [
        w.retiring ? `${w.name} (hands over)` : w.name,
        w.address,
        String(w.threads),
        { bar: w.cpu / Math.max(1, w.threads), text: `${w.cpu.toFixed(1)} CPUs` },
        { bar: w.memory_limit > 0 ? w.memory_used / w.memory_limit : 0, text: `${format.bytes(w.memory_used)} of ${format.bytes(w.memory_limit)}` },
        format.bytes(w.resident),
        format.bytes(w.held),
        String(w.ranges),
        { button: "Log", press: () => void this.openLog(w.name) },
      ]),
      "No worker is connected; runs wait for one.",
    );
  }

  /** Remembers how busy workers are, and who came and went. */
  private sample(status: Status): void {
    const { now } = status.requests;
    const cluster = status.cluster;
    if (!cluster || cluster.error) return;
    const begin = this.last > 0 && now - this.last < 5 ? this.last : now - 0.5;
    this.last = now;
    for (const worker of cluster.workers) {
      const bars = this.samples.get(worker.name) ?? [];
      this.samples.set(worker.name, bars);
      const share = Math.min(1, worker.cpu / Math.max(1, worker.threads));
      if (share > 0.01 || worker.ranges > 0)
        bars.push({ begin, end: now, height: Math.max(0.08, share), kind: "slice", title: `${worker.name}: ${worker.cpu.toFixed(1)} of ${worker.threads} CPUs busy, ${worker.ranges} ranges` });
      while (bars.length > 0 && bars[0]!.end < now - span) bars.shift();
    }
    const names = new Set(cluster.workers.map((w) => w.name));
    const tell = (text: string) => {
      this.events.push({ time: new Date().toLocaleTimeString(), text });
      if (this.events.length > 100) this.events.shift();
    };
    if (this.workers) {
      for (const name of names) if (!this.workers.has(name)) tell(`worker ${name} has come`);
      for (const name of this.workers) if (!names.has(name)) tell(`worker ${name} is gone`);
    }
    this.workers = names;
  }

  /** The time line: workers of a cluster, and the requests side by side. */
  private work(status: Status): HTMLElement {
    const { now, running, ended } = status.requests;
    const rows: Row[] = [];
    for (const worker of status.cluster?.workers ?? []) rows.push({ label: worker.name.slice(-20), bars: this.samples.get(worker.name) ?? [] });
    const lanes = new Map<number, Row["bars"]>();
    for (const r of [...running, ...ended]) {
      if (r.lane < 0 || r.began + r.seconds < now - span) continue;
      const bars = lanes.get(r.lane) ?? [];
      lanes.set(r.lane, bars);
      bars.push({ begin: r.began + r.waited, end: r.began + r.seconds, kind: r.what.split(" ")[0] ?? "", title: `request ${r.number}: ${r.what}, ${r.seconds.toFixed(3)} s, ${format.bytes(r.bytes_read)} read` });
    }
    const most = Math.max(0, ...lanes.keys());
    for (let lane = 0; lane <= most; ++lane) rows.push({ label: `request line ${lane + 1}`, bars: lanes.get(lane) ?? [] });
    const section = document.createElement("section");
    const head = document.createElement("h2");
    head.textContent = "Work along time";
    section.append(head, timeline("Work of the last minute", rows, now, span));
    return section;
  }

  private planButton(request: Request): Cell {
    return request.has_plan
      ? {
          button: "Plan",
          press: () => {
            this.planned = request.number;
          },
        }
      : "";
  }

  /** Shows the plan of the request that was chosen, or else of the newest one. */
  private showPlan(status: Status): void {
    const all = [...status.requests.running, ...status.requests.ended];
    const request = all.find((r) => r.has_plan && (this.planned === 0 || r.number === this.planned));
    const section = document.createElement("section");
    const head = document.createElement("h2");
    head.textContent = "Plan";
    section.append(head);
    const wanted = request?.number ?? 0;
    if (wanted > 0 && this.asked !== wanted) {
      this.asked = wanted;
      api
        .plan(wanted)
        .then((plan) => (this.plan = { request: wanted, plan }))
        .catch(() => undefined); // forgotten meanwhile
    }
    const shown = this.plan && all.find((r) => r.number === this.plan!.request);
    if (this.plan) {
      head.textContent = `Plan of request ${this.plan.request}${shown ? `: ${shown.what}` : ""}`;
      section.append(graph(this.plan.plan, shown && "done" in shown ? shown.done : 1));
    } else {
      const note = document.createElement("p");
      note.textContent = "Nothing has run yet.";
      section.append(note);
    }
    this.put("plan", section);
  }

  private async openLog(worker: string): Promise<void> {
    try {
      this.log = { worker, text: (await api.workerLog(worker)).text };
    } catch (error) {
      this.log = { worker, text: error instanceof Error ? error.message : String(error) };
    }
  }

  private logPart(status: Status): HTMLElement {
    const section = document.createElement("section");
    const head = document.createElement("h2");
    head.textContent = this.log ? `Log of ${this.log.worker}` : "Log";
    const lines = document.createElement("pre");
    lines.className = "log";
    const own = status.requests.lines.map((line) => `${ago(status.requests.now - line.at)}  ${line.text}`);
    const cluster = this.events.map((event) => `${event.time}  ${event.text}`);
    lines.textContent = this.log ? this.log.text : [...own, ...cluster].join("\n") || "Nothing went wrong.";
    section.append(head, lines);
    return section;
  }

  private curves(): HTMLElement {
    const canvas = document.createElement("canvas");
    canvas.className = "timeline";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "Runs and memory of the last two minutes");
    const [width, height] = [1200, 120];
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d")!;
    const style = getComputedStyle(this.root);
    const now = Date.now();
    const shown = 120_000;
    const x = (time: number) => width - ((now - time) / shown) * width;
    const curve = (of: (h: (typeof this.history)[number]) => number, colour: string, label: string, y: number) => {
      const most = Math.max(1, ...this.history.map(of));
      context.strokeStyle = colour;
      context.lineWidth = 2;
      context.beginPath();
      this.history.forEach((h, i) => {
        const py = height - 8 - (of(h) / most) * (height - 24);
        if (i === 0) context.moveTo(x(h.time), py);
        else context.lineTo(x(h.time), py);
      });
      context.stroke();
      context.fillStyle = colour;
      context.font = "14px system-ui, sans-serif";
      context.fillText(label, 8, y);
    };
    const last = this.history[this.history.length - 1]!;
    curve((h) => h.running, style.getPropertyValue("--accent"), `runs: ${last.running}`, 18);
    curve((h) => h.resident, style.getPropertyValue("--second"), `memory: ${format.bytes(last.resident)}`, 38);
    return canvas;
  }
}

function ago(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s ago` : `${Math.round(seconds / 60)} min ago`;
}
