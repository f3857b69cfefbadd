// Numbers, times and durations as people read them.

const prefixes: [number, string][] = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];

/** 1234567 as "1.23 M": for rates and totals. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  for (const [factor, letter] of prefixes) if (size >= factor * 0.9995) return minus(`${Number((value / factor).toPrecision(3))} ${letter}`);
  return minus(String(Number(value.toPrecision(3))));
}

/** A number of a read-out or a tick with `digits` digits that matter; powers of ten where it is very large or small. */
export function number(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "no value" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 10 ** Math.max(digits, 7) || size < 1e-4)) return minus(value.toExponential(digits > 6 ? digits - 1 : 4).replace(/\.?0+e/, "e").replace("e+", "e"));
  return minus(String(Number(value.toPrecision(digits))));
}

const superscript = (n: number) => [...String(n)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)])).join("");

/** A tick: powers of ten as such. */
export function tick(value: number): string {
  const size = Math.abs(value);
  const exponent = Math.log10(size);
  if (size >= 1e5 || (size > 0 && size < 1e-3)) {
    const whole = Math.floor(exponent + 1e-9);
    const mantissa = Number((value / 10 ** whole).toPrecision(6));
    return `${mantissa === 1 ? "" : mantissa === -1 ? "−" : `${minus(String(mantissa))}·`}10${superscript(whole)}`;
  }
  return number(value);
}

const minus = (text: string) => text.replace(/^-/, "−");

/** "0.16 s", "48 s", "3 min 5 s", "2 h 10 min". */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds === 0) return "0 s";
  if (seconds < 0.0995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min${seconds % 60 >= 1 && seconds < 600 ? ` ${Math.floor(seconds % 60)} s` : ""}`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 48) return `${hours} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const two = (n: number) => String(n).padStart(2, "0");

/** The time of day, for example "14:03:07"; with the date if it is not today's. */
export function clock(seconds: number | null | undefined, now = Date.now() / 1000): string {
  if (!seconds) return "–";
  const t = new Date(seconds * 1000);
  const day = `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
  return new Date(now * 1000).toDateString() === t.toDateString() ? day : `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${day}`;
}
