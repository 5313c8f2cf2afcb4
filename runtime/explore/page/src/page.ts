// The elements of index.html, the message below the picture, and dark or light.

/** Returns the element of this id. */
export const by = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

/** Returns true for what a request throws that was given up. */
export const aborted = (error: unknown) => error instanceof DOMException && error.name === "AbortError";

/** Shows an error; null hides the last one. */
export function complain(error: unknown): void {
  if (aborted(error)) return;
  const message = by("message");
  message.hidden = error === null;
  if (error !== null) message.textContent = error instanceof Error ? error.message : String(error);
}

/** Returns true if the page is dark: by choice, or since the system is. */
export function dark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
}

function choose(theme: string | null): void {
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
}

/** Brings back the last choice; the button changes it. `changed` is called after each change. */
export function followTheme(changed: () => void): void {
  choose(localStorage.getItem("theme"));
  by("theme").addEventListener("click", () => {
    const next = dark() ? "light" : "dark";
    localStorage.setItem("theme", next);
    choose(next);
    changed();
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}
