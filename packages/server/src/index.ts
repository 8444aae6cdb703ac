// What a program that embeds the server needs.

export { startServer, type RunningServer, type Seams } from "./main.ts";
export { configFromEnvironment, type Config, defaultConfig, readPort } from "./config/config.ts";
export { version } from "./version.ts";
