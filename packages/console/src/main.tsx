// Starts the console in the page.

import "./ui/mantine.ts";
import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/blocks.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has an element with the id root.");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
