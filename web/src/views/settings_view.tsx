// What a person likes, and how to carry an arrangement elsewhere.
import { useState } from "react";
import { saveJson } from "../parts/files";
import { Dialog } from "../parts/parts";
import { change, defaults, settings, settingsFrom, type Settings } from "../parts/settings";
import { status } from "../engine/live";
import { useStore } from "../parts/store";
import { webgl } from "../plot/webgl";

const keys: [string, string][] = [
  ["Tab, Enter", "go to a view and enlarge it"],
  ["Escape", "back to all views"],
  ["← →", "former and next view; on a picture: read values"],
  ["+ − 0", "on a picture: zoom, and see all again"],
  ["Shift and arrows", "on a picture: move it"],
  ["Ctrl or Shift and drag", "zoom to a box"],
];

export function SettingsView({ onClose }: { onClose: () => void }) {
  const s = useStore(settings);
  const engine = useStore(status);
  const [message, setMessage] = useState("");
  const take = async (file: File | undefined) => {
    if (!file) return;
    try {
      change(settingsFrom(await file.text()));
      setMessage("The arrangement was taken over.");
    } catch (error) {
      setMessage((error as Error).message);
    }
  };
  return (
    <Dialog title="Settings" onClose={onClose}>
      <div className="field"><label htmlFor="set-theme">Appearance</label>
        <select id="set-theme" value={s.theme} onChange={(e) => change({ theme: e.target.value as Settings["theme"] })}><option value="system">as the system</option><option value="dark">dark</option><option value="light">light</option></select>
      </div>
      <div className="field"><label htmlFor="set-renderer">Enlarged views are drawn by</label>
        <select id="set-renderer" value={s.renderer} onChange={(e) => change({ renderer: e.target.value as Settings["renderer"] })}><option value="auto">what is quickest here</option><option value="webgl">WebGL (h5web)</option><option value="canvas">plain canvas</option></select>
        <small className="about">{{ card: "This browser has a graphics card for WebGL.", processor: "This browser has no graphics card for WebGL: a plain canvas is quicker.", none: "This browser has no WebGL: everything is drawn on a plain canvas." }[webgl()]}</small>
      </div>
      <div className="field"><span className="label">The arrangement (order, colours, names) as a file</span>
        <div className="buttons">
          <button onClick={() => saveJson(`livedata-${engine?.instrument ?? "page"}.json`, s)}>Save…</button>
          <label className="button">Load…<input type="file" accept=".json,application/json" className="sr-only" onChange={(e) => take(e.target.files?.[0])} /></label>
          <button onClick={() => { change(defaults); setMessage("Everything is as at first."); }}>As at first</button>
        </div>
        <p className="hint" role="status">{message}</p>
      </div>
      <h3>Keys</h3>
      <dl className="keys">{keys.map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}</dl>
      <p className="hint">livedata {engine?.version ?? ""} · <a href="/api/v1/openapi.json">interface for programs</a> · <a href="/licenses.txt">licences</a></p>
    </Dialog>
  );
}
