// Who stands before the doors: people of every kind, agents, and credentials that are none, with what is true of each.

/** What somebody shows at a door. `left`: they left; `revoked`: their key was; `none`: they show nothing. */
export type Credential = "person" | "agent" | "point" | "left" | "revoked" | "none";

export interface Somebody {
  readonly credential: Credential;
  /** Id in the record. Several accounts of one person share it. */
  readonly id: string;
  /** What the key was made for, when that is another name of theirs. */
  readonly account?: string;
  /** Where they sit, said out in full: what a rank implies is written down here too. */
  readonly seats: readonly Seat[];
  /** On the side that asked, or named by the rule as somebody who may not. */
  readonly isOwn?: true;
  /** A limit of theirs leaves the action of the tests to others. */
  readonly isLimited?: true;
  readonly isAdmin?: true;
  /** Who they stand in for at the end of a chain in which nobody is kept out. */
  readonly standsFor?: readonly Name[];
  /** Wrote the text of the publication. */
  readonly isAuthor?: true;
  /** The only proof of their role is their key, which a chat does not show. */
  readonly isKeyed?: true;
}

export type Seat = "lead" | "crew" | "night" | "security" | "on-call" | "board";

const leads: readonly Seat[] = ["lead", "crew", "night"];

const table = {
  asked: { credential: "person", id: "asked", seats: leads },
  casey: { credential: "person", id: "casey", seats: ["crew"] },
  higher: { credential: "person", id: "higher", seats: [...leads, "security"] },
  lower: { credential: "person", id: "lower", seats: [] },
  outsider: { credential: "person", id: "outsider", seats: [] },
  owner: {
    credential: "person",
    id: "owner",
    seats: [...leads, "on-call", "board"],
    isOwn: true,
  },
  creator: { credential: "person", id: "creator", seats: leads, isOwn: true, isAdmin: true },
  behalf: { credential: "person", id: "behalf", seats: leads, isOwn: true },
  behalfByMail: {
    credential: "person",
    id: "behalf",
    account: "Behalf@example.test",
    seats: leads,
    isOwn: true,
  },
  behalfTwo: {
    credential: "person",
    id: "behalf",
    account: "behalf-two",
    seats: leads,
    isOwn: true,
  },
  xena: { credential: "person", id: "xena", seats: [...leads, "on-call"], isOwn: true },
  pia: { credential: "person", id: "pia", seats: leads },
  dollar: { credential: "person", id: "dollar", seats: [...leads, "on-call"], isLimited: true },
  narrow: { credential: "person", id: "narrow", seats: leads, isLimited: true },
  retired: { credential: "left", id: "retired", seats: [...leads, "on-call"] },
  deputy: { credential: "person", id: "deputy", seats: [], standsFor: ["asked"] },
  second: { credential: "person", id: "second", seats: [], standsFor: ["asked"] },
  // Stands in for the owner of the agent, who may not.
  ed: { credential: "person", id: "ed", seats: [], standsFor: ["owner"] },
  // Stands in for xena, who stands in for asked: the chain goes over somebody who is kept out.
  zed: { credential: "person", id: "zed", seats: [], standsFor: ["xena"] },
  guard: { credential: "person", id: "guard", seats: ["security"] },
  // Stands in for somebody on call: an override is nobody else's.
  sub: { credential: "person", id: "sub", seats: [], standsFor: ["olly"] },
  olly: { credential: "person", id: "olly", seats: ["on-call", "board"] },
  bo: { credential: "person", id: "bo", seats: ["board"] },
  root: { credential: "person", id: "root", seats: [], isAdmin: true, isAuthor: true },
  chief: { credential: "person", id: "chief", seats: leads, isAdmin: true },
  keyed: { credential: "person", id: "keyed", seats: leads, isKeyed: true },
  agent: { credential: "agent", id: "robot", seats: [] },
  other: { credential: "agent", id: "other-robot", seats: [] },
  point: { credential: "point", id: "gateway", seats: [] },
  nobody: { credential: "none", id: "nobody", seats: [] },
  revoked: { credential: "revoked", id: "revoked", seats: leads },
} as const satisfies Readonly<
  Record<string, Omit<Somebody, "standsFor"> & { standsFor?: readonly string[] }>
>;

export type Name = keyof typeof table;

export const everybody: Readonly<Record<Name, Somebody>> = table;
export const names: readonly Name[] = Object.keys(table) as Name[];

/** The people file: the same people in the words of the product. */
export const peopleFile = `version: v1
people:
  - { id: asked, roles: [lead], channels: [email] }
  - { id: casey, channels: [email] }
  - { id: higher, roles: [director], channels: [email] }
  - { id: lower, roles: [junior], channels: [email] }
  - { id: outsider, channels: [email] }
  - { id: owner, roles: [lead], channels: [email] }
  - { id: creator, roles: [lead], channels: [email] }
  - { id: behalf, email: behalf@example.test, accounts: [behalf-two], roles: [lead], channels: [slack] }
  - { id: xena, roles: [lead], channels: [email] }
  - { id: pia, roles: [lead], channels: [email] }
  - { id: paul, roles: [lead], channels: [email] }
  - { id: dollar, roles: [lead], limits: [{ cost: { at_most: 100, currency: USD } }], channels: [email] }
  - { id: narrow, roles: [lead], limits: [{ topics: ["job.elsewhere.**"] }], channels: [email] }
  - { id: retired, roles: [lead], channels: [email] }
  - { id: deputy, channels: [email] }
  - { id: second, channels: [email] }
  - { id: ed, channels: [email] }
  - { id: zed, channels: [email] }
  - { id: guard, roles: [security], channels: [email] }
  - { id: sub, channels: [email] }
  - { id: olly, channels: [email] }
  - { id: bo, channels: [email] }
  - { id: root, channels: [email] }
  - { id: chief, roles: [lead], channels: [email] }
  - { id: first, roles: [lead], channels: [email] }
  - { id: mona, email: mona@example.test, channels: [email] }
`;

/** Who delegated to whom. */
export const delegations: readonly (readonly [from: string, to: string])[] = [
  ["asked", "deputy"],
  ["deputy", "second"],
  ["owner", "ed"],
  ["asked", "xena"],
  ["xena", "zed"],
  ["olly", "sub"],
];
