// What is known of a saved state without reading it: when, how large, its digest, where it came from.

import type { ReactNode } from "react";
import type { CheckpointView } from "@holdpoint/core/wire/checkpoint";
import { At } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { Fact } from "../people/person-facts.tsx";

export function StateFacts({ state }: { state: CheckpointView }): ReactNode {
  const { forked_from: from, parent, step } = state;
  return (
    <dl className="hp-pairs">
      <Fact term="Id">
        <Code text={state.id} />
      </Fact>
      <Fact term="Saved">
        <At at={state.created_at} />, kept until <At at={state.expires_at} />
      </Fact>
      <Fact term="Size">
        <span className="hp-num">{bytesInWords(state.bytes)}</span>, written as{" "}
        <Code text={state.codec} />
      </Fact>
      <Fact term="Digest">
        <Code text={state.digest} />
      </Fact>
      {(step !== null || parent !== null) && (
        <Fact term="Step">
          {step ?? "not said"}
          {parent !== null && (
            <>
              , after <Code text={parent} />
            </>
          )}
        </Fact>
      )}
      {state.namespace !== "" && (
        <Fact term="Namespace">
          <Code text={state.namespace} />
        </Fact>
      )}
      {from !== null && (
        <Fact term="Copied from">
          <Code text={from.id} /> of the thread <Code text={from.thread} />
        </Fact>
      )}
    </dl>
  );
}

function Code({ text }: { text: string }): ReactNode {
  return (
    <span className="hp-code">
      <Untrusted text={text} />
    </span>
  );
}

export function bytesInWords(bytes: number): string {
  if (bytes < 1_024) return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  if (bytes < 1_048_576) return `${(bytes / 1_024).toFixed(1)} KiB`;
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
