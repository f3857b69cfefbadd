// Dark or light, and the colours of the style sheet for those who paint on a canvas.
import type { Inks } from "../plot/paint";
import { settings } from "./settings";
import { Store } from "./store";

const system = window.matchMedia("(prefers-color-scheme: dark)");

const wished = (): "dark" | "light" => {
  const { theme } = settings.get();
  return theme === "system" ? (system.matches ? "dark" : "light") : theme;
};

function read(): Inks {
  document.documentElement.dataset.theme = wished();
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return { text: of("--text"), faint: of("--faint"), grid: of("--grid"), background: of("--panel"), empty: of("--empty"), font: of("--font") || "sans-serif" };
}

export const inks = new Store<Inks>(read());

function refresh() {
  const now = read();
  if (Object.entries(now).some(([name, value]) => inks.get()[name as keyof Inks] !== value)) inks.set(now);
}

settings.watch(refresh);
system.addEventListener("change", refresh);
