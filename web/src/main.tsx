import "./style.css";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { connect } from "./engine/live";

connect();
createRoot(document.getElementById("root")!).render(<App />);
