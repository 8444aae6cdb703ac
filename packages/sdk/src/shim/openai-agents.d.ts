// The parts of the OpenAI Agents SDK that the adapter stands on; a user's own copy replaces them.

declare module "@openai/agents" {
  interface State {
    toString(): string;
    readonly _context: { readonly context: unknown };
    getInterruptions(): Item[];
    approve(item: Item): void;
    reject(item: Item, options?: { message?: string }): void;
  }
  interface Item {
    readonly name?: string;
    readonly rawItem: object;
  }
  interface Result {
    readonly state: State;
    readonly interruptions: Item[];
    readonly finalOutput?: unknown;
  }
  export class RunContext {
    constructor(context: object);
  }
  export const RunState: {
    fromString(agent: object, text: string): Promise<State>;
    fromStringWithContext(agent: object, text: string, context: RunContext): Promise<State>;
  };
  export function run(
    agent: object,
    input: unknown,
    options: { context?: object; signal?: AbortSignal },
  ): Promise<Result>;
}
