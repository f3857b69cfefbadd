// Small parts that several views use.
import { useEffect, useRef, useState, type ReactNode } from "react";

const badgeOf: Record<string, [string, string]> = {
  active: ["good", "active"],
  scheduled: ["idle", "scheduled"],
  pending_context: ["idle", "waits for its inputs"],
  waiting: ["idle", "waits for its inputs"],
  finishing: ["idle", "finishing"],
  warning: ["warn", "warning"],
  error: ["bad", "error"],
  paused: ["idle", "paused"],
  stopped: ["idle", "stopped"],
};

/** The engine counts a paused job among those with a warning, and says so in the text. */
export const isPaused = ({ state, text }: { state: string; text?: string }) => state === "paused" || (state === "warning" && !!text?.startsWith("Paused"));

/** The state of a job: a sign, a colour and a word. Quiet: an active one shows nothing but its sign. */
export function StateBadge({ state, text, quiet = false }: { state: string; text?: string; quiet?: boolean }) {
  const [kind, word] = badgeOf[isPaused({ state, text }) ? "paused" : state] ?? ["idle", state.replaceAll("_", " ")];
  const sign = { good: "●", warn: "▲", bad: "■", idle: "○" }[kind];
  return (
    <span className={`badge ${kind}`} title={text || word}>
      <span aria-hidden="true">{sign}</span> {quiet && kind === "good" ? <span className="sr-only">{word}</span> : word}
    </span>
  );
}

/** The time now, again every so many ms. */
export function useNow(every = 1000): number {
  const [now, setNow] = useState(Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** A button that opens a list of actions. */
export function Menu({ label, children }: { label: string; children: ReactNode }) {
  const ref = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      if (ref.current?.open && !ref.current.contains(event.target as Node)) ref.current.open = false;
    };
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, []);
  return (
    <details
      className="menu"
      ref={ref}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !ref.current?.open) return;
        event.stopPropagation();
        ref.current.open = false;
        ref.current.querySelector("summary")?.focus();
      }}
      onClick={(event) => {
        if ((event.target as HTMLElement).closest(".menu-list")) ref.current!.open = false;
      }}
    >
      <summary className="button">{label}</summary>
      <div className="menu-list">{children}</div>
    </details>
  );
}

/** A question over the page that must be answered. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = ref.current!;
    element.showModal();
    return () => element.close();
  }, []);
  return (
    <dialog ref={ref} aria-label={title} onClose={onClose} onCancel={onClose} onKeyDown={(event) => event.stopPropagation()}>
      <header>
        <h2>{title}</h2>
        <button className="plain" aria-label="Close" onClick={onClose}>✕</button>
      </header>
      {children}
    </dialog>
  );
}
