// A line for a formula: its errors under the very column, words as they are typed.
import { check, Refused, type Words } from "./api";

interface Choice {
  word: string;
  detail: string;
  call: boolean;
}

export class FormulaLine {
  private controller: AbortController | null = null;
  private choices: Choice[] = [];
  private chosen = -1;
  private timer = 0;
  private readonly letters = document.createElement("canvas").getContext("2d")!; // measures them

  constructor(
    private readonly input: HTMLInputElement,
    private readonly error: HTMLElement,
    private readonly list: HTMLElement,
    private readonly words: () => Words | null,
    private readonly accept: (formula: string) => void,
    private readonly mayBeEmpty: boolean,
  ) {
    input.addEventListener("input", () => {
      this.complete();
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.check(), 5);
    });
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => window.setTimeout(() => this.close(), 150));
    input.addEventListener("scroll", () => this.placeCaret());
  }

  get text(): string {
    return this.input.value;
  }
  set text(value: string) {
    if (document.activeElement !== this.input || this.input.value.trim() !== value) this.input.value = value;
  }

  /** Shows an error that came with an answer. */
  show(error: unknown): void {
    if (error === null) {
      this.error.hidden = true;
      this.input.removeAttribute("aria-invalid");
      return;
    }
    if (!(error instanceof Refused)) return;
    this.input.setAttribute("aria-invalid", "true");
    // The sentence alone: the place is shown below the formula itself.
    const sentence = error.place === undefined ? error.message : error.message.split("\n").slice(0, -2).join("\n");
    this.error.replaceChildren();
    if (error.place !== undefined) {
      const caret = document.createElement("span");
      caret.className = "caret";
      caret.dataset.column = String(columnOf(this.input.value, error.place));
      caret.textContent = "▲";
      this.error.append(caret);
    }
    const words = document.createElement("span");
    words.className = "sentence";
    words.textContent = sentence;
    this.error.append(words);
    this.error.hidden = false;
    this.placeCaret();
  }

  private placeCaret(): void {
    const caret = this.error.querySelector<HTMLElement>(".caret");
    if (!caret) return;
    const style = getComputedStyle(this.input);
    this.letters.font = style.font;
    const character = this.letters.measureText("0".repeat(100)).width / 100;
    const left = parseFloat(style.paddingLeft) + parseFloat(style.borderLeftWidth) - this.input.scrollLeft;
    caret.style.left = `${left + Number(caret.dataset.column) * character}px`;
    caret.style.width = `${character}px`;
  }

  private async check(): Promise<void> {
    this.controller?.abort();
    const formula = this.input.value.trim();
    if (formula === "") {
      this.show(null);
      if (this.mayBeEmpty) this.accept("");
      return;
    }
    const controller = new AbortController();
    this.controller = controller;
    // Places count from the beginning of the line, blanks included.
    try {
      await check(this.input.value, controller.signal);
      if (controller.signal.aborted) return;
      this.show(null);
      this.accept(this.input.value.trim());
    } catch (error) {
      if (!controller.signal.aborted) this.show(error);
    }
  }

  private complete(): void {
    const words = this.words();
    const before = this.input.value.slice(0, this.input.selectionStart ?? 0);
    const begun = /[A-Za-z_]\w*$/.exec(before)?.[0] ?? "";
    if (!words || begun.length < 1) return this.close();
    const small = begun.toLowerCase();
    const names = words.names
      .filter((name) => name.toLowerCase().startsWith(small) && name !== begun)
      .map((name) => ({ word: name, detail: "variable", call: false }));
    const functions = words.functions
      .filter((f) => [f.name, ...f.aliases].some((name) => name.toLowerCase().startsWith(small)) && f.name !== begun)
      .map((f) => ({
        word: f.name.toLowerCase().startsWith(small) ? f.name : (f.aliases.find((a) => a.toLowerCase().startsWith(small)) ?? f.name),
        detail: `${f.signature} — ${f.summary}`,
        call: true,
      }));
    this.choices = [...names, ...functions].slice(0, 12);
    this.chosen = -1;
    if (this.choices.length === 0) return this.close();
    this.list.replaceChildren(
      ...this.choices.map((choice, i) => {
        const item = document.createElement("li");
        item.setAttribute("role", "option");
        item.id = `${this.list.id}-${i}`;
        const word = document.createElement("b");
        word.textContent = choice.word;
        const detail = document.createElement("span");
        detail.textContent = choice.detail;
        item.append(word, detail);
        item.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          this.take(i);
        });
        return item;
      }),
    );
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  private close(): void {
    this.list.hidden = true;
    this.choices = [];
    this.chosen = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  private choose(i: number): void {
    this.chosen = i;
    [...this.list.children].forEach((item, k) => item.setAttribute("aria-selected", String(k === i)));
    this.list.children[i]?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `${this.list.id}-${i}`);
  }

  private take(i: number): void {
    const choice = this.choices[i];
    if (!choice) return;
    const caret = this.input.selectionStart ?? this.input.value.length;
    const before = this.input.value.slice(0, caret).replace(/[A-Za-z_]\w*$/, "");
    const behind = this.input.value.slice(caret);
    const word = quoted(choice.word) + (choice.call && !behind.startsWith("(") ? "(" : "");
    this.input.value = before + word + behind;
    const place = before.length + word.length;
    this.input.setSelectionRange(place, place);
    this.close();
    void this.check();
  }

  private key(event: KeyboardEvent): void {
    if (!this.list.hidden) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const step = event.key === "ArrowDown" ? 1 : -1;
        this.choose((this.chosen + step + this.choices.length + (this.chosen < 0 && step < 0 ? 1 : 0)) % this.choices.length);
        event.preventDefault();
        return;
      }
      if (event.key === "Tab" || (event.key === "Enter" && this.chosen >= 0)) {
        this.take(Math.max(this.chosen, 0));
        event.preventDefault();
        return;
      }
    }
    if (event.key === "Escape") {
      if (this.list.hidden) this.input.blur();
      this.close();
      event.preventDefault();
    }
    if (event.key === "Enter") {
      this.close();
      void this.check();
    }
    event.stopPropagation();
  }
}

/** Returns a name as a formula has it: in quotes if it is no plain word. */
export function quoted(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `"${name}"`;
}

/** Returns the column, in characters, of an offset in UTF-8 bytes. */
function columnOf(text: string, offset: number): number {
  return [...new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, offset))].length;
}
