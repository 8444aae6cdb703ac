// The topic of a tool that nobody gave one.

/** `job.tool.<name>`, its name as a segment of a topic. */
export function topicOfTool(name: string): string {
  return `job.tool.${name.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "_")}`;
}
