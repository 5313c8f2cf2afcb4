// What the backend does, live: workers, runs, memory, the requests of this explorer.
import * as format from "./format";

interface Status {
  backend: string;
  threads: number;
  memory_limit: number;
  resident: number;
  requests: {
    running: { number: number; what: string; state: string; seconds: number; done: number; bytes_read: number; note: string }[];
    ended: { number: number; what: string; seconds: number; bytes_read: number; cancelled: boolean }[];
    bytes_read: number;
  };
  cluster?: {
    error?: string;
    coordinator: string;
    clients: number;
    workers: { name: string; address: string; threads: number; memory_limit: number; memory_used: number; held: number; running: number }[];
    runs: { number: number; done: number }[];
    arrays: { names: string[]; bytes: number }[];
    refused: string[];
  };
}

type Cell = string | { bar: number; text: string };

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

  private show(status: Status): void {
    delete this.root.dataset.lost;
    const cluster = status.cluster;
    const running = status.requests.running.length + (cluster?.runs?.length ?? 0);
    this.history.push({ time: Date.now(), resident: status.resident, running, bytes: status.requests.bytes_read });
    if (this.history.length > 240) this.history.shift();
    const parts: HTMLElement[] = [];
    const facts = document.createElement("dl");
    const fact = (name: string, value: string) => {
      const term = document.createElement("dt");
      term.textContent = name;
      const description = document.createElement("dd");
      description.textContent = value;
      facts.append(term, description);
    };
    fact("Backend", status.backend);
    if (!cluster) {
      fact("Threads", String(status.threads));
      fact("Memory for runs", format.bytes(status.memory_limit));
    } else if (!cluster.error) {
      fact("Coordinator", cluster.coordinator);
      fact("Workers", String(cluster.workers.length));
      fact("Threads", String(cluster.workers.reduce((sum, w) => sum + w.threads, 0)));
      fact("Clients", String(cluster.clients));
    }
    fact("Memory of this explorer", format.bytes(status.resident));
    fact("Read for this explorer", format.bytes(status.requests.bytes_read));
    parts.push(facts, this.timeline());
    if (cluster?.error) {
      const note = document.createElement("p");
      note.className = "message";
      note.textContent = cluster.error;
      parts.push(note);
    } else if (cluster) {
      parts.push(
        table(
          "Workers",
          ["name", "address", "threads", "memory", "kept", "ranges running"],
          cluster.workers.map((w) => [
            w.name,
            w.address,
            String(w.threads),
            { bar: w.memory_limit > 0 ? w.memory_used / w.memory_limit : 0, text: `${format.bytes(w.memory_used)} of ${format.bytes(w.memory_limit)}` },
            format.bytes(w.held),
            String(w.running),
          ]),
          "No worker is connected; runs wait for one.",
        ),
        table("Runs", ["run", "done"], cluster.runs.map((r) => [String(r.number), { bar: r.done, text: `${Math.floor(r.done * 100)} %` }]), "Nothing runs."),
        table(
          "Kept arrays",
          ["published as", "size"],
          cluster.arrays.map((a) => [a.names.join(", ") || "not published", format.bytes(a.bytes)]),
          "No array is kept.",
        ),
      );
      if (cluster.refused.length > 0) parts.push(table("Not taken in", ["why"], cluster.refused.map((why) => [why]), ""));
    }
    parts.push(
      table(
        "Requests of this explorer under way",
        ["request", "what", "state", "seconds", "done", "read"],
        status.requests.running.map((r) => [
          String(r.number),
          r.what,
          r.note || r.state,
          r.seconds.toFixed(1),
          { bar: r.done, text: `${Math.floor(r.done * 100)} %` },
          format.bytes(r.bytes_read),
        ]),
        "None.",
      ),
      table(
        "The last ones",
        ["request", "what", "seconds", "read", ""],
        status.requests.ended.map((r) => [String(r.number), r.what, r.seconds.toFixed(3), format.bytes(r.bytes_read), r.cancelled ? "cancelled" : ""]),
        "None yet.",
      ),
    );
    this.root.replaceChildren(...parts);
  }

  private timeline(): HTMLElement {
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
    const span = 120_000;
    const x = (time: number) => width - ((now - time) / span) * width;
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
