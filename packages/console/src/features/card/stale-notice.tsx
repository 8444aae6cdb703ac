// Says that the action is not what was shown any more, and offers to look again.

import type { ReactNode } from "react";
import { Notice } from "../../ui/notice.tsx";

export function StaleNotice({ reload }: { reload: () => void }): ReactNode {
  return (
    <Notice
      tone="hold"
      title="This changed since you looked"
      action={
        <button type="button" className="hp-more" onClick={reload}>
          Show it as it is now
        </button>
      }
    >
      What you see here can no longer be decided on.
    </Notice>
  );
}
