// Every address of the console, once.

export const paths = {
  inbox: "/",
  approval: (id: string): string => `/approvals/${encodeURIComponent(id)}`,
  job: (id: string): string => `/jobs/${encodeURIComponent(id)}`,
  activity: "/jobs",
  policy: "/policy",
  drafts: "/policy/drafts",
  draft: (id: string): string => `/policy/drafts/${encodeURIComponent(id)}`,
  playground: "/policy/try",
  tools: "/policy/tools",
} as const;
