// The keyboard, in one table, and the switch that turns single keys off.

import type { ReactNode } from "react";
import { Kbd, Modal, Switch } from "@mantine/core";
import { setShortcutsEnabled, useShortcutsEnabled } from "../../ui/shortcuts.ts";

const rows: readonly (readonly [readonly string[], string])[] = [
  [["j", "k"], "Next and previous hold in the inbox"],
  [["Enter"], "Open the hold"],
  [["a"], "Approve: opens the confirmation, never decides by itself"],
  [["r"], "Reject, with a reason"],
  [["m"], "Modify the parameters"],
  [["x"], "Choose the hold, to answer several alike at once"],
  [["/"], "Search the inbox"],
  [["n"], "Show new holds"],
  [["u"], "Back to the inbox from a card or a job"],
  [["?"], "This help"],
  [["Esc"], "Close a dialog without doing anything"],
];

export function HelpDialog({
  opened,
  onClose,
}: {
  opened: boolean;
  onClose: () => void;
}): ReactNode {
  const enabled = useShortcutsEnabled();
  return (
    <Modal opened={opened} onClose={onClose} title="Keyboard">
      <div className="hp-stack">
        <table className="hp-help">
          <tbody>
            {rows.map(([pressed, what]) => (
              <tr key={what}>
                <th scope="row">
                  {pressed.map((key) => (
                    <span key={key}>
                      <Kbd>{key}</Kbd>{" "}
                    </span>
                  ))}
                </th>
                <td>{what}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <Switch
          label="Single-key shortcuts"
          description="Switch them off when you dictate, or when keys get in your way."
          checked={enabled}
          onChange={(event) => setShortcutsEnabled(event.currentTarget.checked)}
        />
      </div>
    </Modal>
  );
}
