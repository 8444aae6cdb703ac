// Every address of the console, once.

export const paths = {
  inbox: "/",
  approval: (id: string): string => `/approvals/${encodeURIComponent(id)}`,
  job: (id: string): string => `/jobs/${encodeURIComponent(id)}`,
  activity: "/jobs",
  policy: "/policy",
} as const;
