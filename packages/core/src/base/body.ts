// The body of an answer, as its bytes come.

/** The parts of the platform's stream, reader and signal that are used; this package has no platform of its own. */
interface Body {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(reason?: unknown): Promise<void>;
  };
}

interface Signal {
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * The chunks of a body to its end; throws the signal's reason once that aborts. Whoever takes no more of them, and
 * the signal, end the connection. The signal that fetch was given does not do for that: Node 20 stops listening to it
 * when the request is collected as garbage while the body still comes
 * ({@link https://github.com/nodejs/undici/issues/3644}).
 */
export async function* chunksOf(body: Body, signal: Signal): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader();
  // A body that failed cannot be cancelled, and need not be.
  const cancel = (): void => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener("abort", cancel);
  try {
    for (;;) {
      signal.throwIfAborted();
      const { value, done } = await reader.read();
      if (done) break;
      if (value !== undefined) yield value;
    }
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}
