// How far the people are who do by hand what an agent was refused.

export const takeoverWords = {
  open: "People are asked to do it by hand; nobody has it yet",
  claimed: "Somebody does it by hand",
  done: "It was done by hand",
  returned: "It was given back to the agent",
} as const;
