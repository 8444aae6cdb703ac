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
  governance: "/governance",
  takeovers: "/takeovers",
  incidents: "/incidents",
  people: "/people",
  person: (id: string): string => `/people/${encodeURIComponent(id)}`,
  me: "/people/me",
  groups: "/groups",
  group: (name: string): string => `/groups/${encodeURIComponent(name)}`,
  channels: "/channels",
  deliveriesTo: (person: string): string => `/channels?person=${encodeURIComponent(person)}`,
} as const;
