// The keys of the page, where no field is typed into.
import type { Compare } from "./compare";
import { by } from "./page";
import type { Pictures } from "./pictures";
import type { Session } from "./session";
import type { Sliders } from "./sliders";

export function listenToKeys(session: Session, pictures: Pictures, sliders: Sliders, compare: Compare): void {
  const actions: Record<string, () => void> = {
    ArrowRight: () => sliders.stepFirst(1),
    ArrowLeft: () => sliders.stepFirst(-1),
    " ": () => sliders.playFirst(),
    "/": () => by("formula").focus(),
    b: () => pictures.toggleBox(),
    c: () => compare.toggle(),
    d: () => session.toggleDashboard(),
    "0": () => pictures.home(),
    Escape: () => void session.set({ point: null, box: null }),
  };
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest("input:not([type=range]):not([type=checkbox]), select, textarea")) return;
    // What the element itself does with the key.
    if (event.key.startsWith("Arrow") && target.matches("input[type=range]")) return;
    if (event.key === " " && target.matches("button, summary")) return;
    action();
    event.preventDefault();
  });
}
