// Room for bodies that bring the state of agents: how large each may be, and how much is under way at once.

import { bodyBytesMax } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { BodyBounds } from "./read-request.ts";

/** So many of the largest bodies are in memory at once. */
const bodiesMax = 4;
/** SECURITY: so many of them one caller's, so that nobody who sends slowly shuts all others out. */
const bodiesOfOneMax = 2;

export class StateRoom {
  readonly bounds: BodyBounds;
  #bytes = 0;
  readonly #bytesOf = new Map<string, number>();

  constructor(stateBytesMax: number) {
    // Base64 of the state, and what stands around it.
    const bytesMax = Math.ceil(stateBytesMax / 3) * 4 + bodyBytesMax;
    this.bounds = {
      bytesMax,
      tooLarge: () =>
        new HoldpointError("checkpoint_too_large", {
          message:
            `the body is larger than ${bytesMax} bytes, and the state in it than the ${stateBytesMax} bytes` +
            " that are kept; HOLDPOINT_CHECKPOINT_BYTES_MAX sets it",
          facts: { bytes_max: stateBytesMax },
        }),
    };
  }

  /** Takes room for a caller before the body is read; what it answers gives the room back. */
  enter(request: Request, caller: string): () => void {
    const declared = request.headers.get("content-length");
    const bytes = declared === null ? this.bounds.bytesMax : Number(declared);
    if (bytes <= bodyBytesMax) return () => undefined;
    if (bytes > this.bounds.bytesMax) throw this.bounds.tooLarge();
    const own = this.#bytesOf.get(caller) ?? 0;
    const { bytesMax } = this.bounds;
    if (this.#bytes + bytes > bodiesMax * bytesMax || own + bytes > bodiesOfOneMax * bytesMax) {
      throw new HoldpointError("states_full", {
        message: "too many large states are being saved at this moment; try again",
      });
    }
    this.#add(caller, bytes);
    return () => this.#add(caller, -bytes);
  }

  #add(caller: string, bytes: number): void {
    this.#bytes += bytes;
    const own = (this.#bytesOf.get(caller) ?? 0) + bytes;
    if (own === 0) this.#bytesOf.delete(caller);
    else this.#bytesOf.set(caller, own);
  }
}
