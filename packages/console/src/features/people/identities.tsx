// Chat accounts that speak for a person: linked by a code that the chat showed, unlinked at once.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { IdentityView, LinkOffer } from "@holdpoint/core/wire/identity";
import { linkIdentity, lookAtCode, peopleKeys, unlinkIdentity } from "../../api/people.ts";
import { Notice, ProblemNotice } from "../../ui/notice.tsx";
import { At } from "../../ui/time.tsx";
import { MixedWarning, Untrusted } from "../../ui/untrusted.tsx";

export function IdentityList({ identities }: { identities: readonly IdentityView[] }): ReactNode {
  const client = useQueryClient();
  const unlink = useMutation({
    mutationFn: unlinkIdentity,
    onSettled: () => void client.invalidateQueries({ queryKey: peopleKeys.all }),
  });
  return (
    <>
      <ul className="hp-lines" aria-label="Linked accounts">
        {identities.map((one) => (
          <li key={`${one.channel} ${one.external_id}`}>
            <div>
              <Account account={one} />
              <div className="hp-muted hp-small">
                Linked <At at={one.linked_at} />
              </div>
            </div>
            <Button
              size="compact-sm"
              variant="default"
              loading={unlink.isPending && unlink.variables?.external_id === one.external_id}
              onClick={() => unlink.mutate(one)}
            >
              Unlink<span className="hp-sr"> {one.external_id}</span>
            </Button>
          </li>
        ))}
      </ul>
      {unlink.isError && <ProblemNotice fault={unlink.error} />}
    </>
  );
}

function Account({
  account,
}: {
  account: Pick<IdentityView, "channel" | "external_id" | "name">;
}): ReactNode {
  return (
    <>
      <Untrusted text={account.name ?? "an account without a name"} />{" "}
      <MixedWarning text={account.name ?? ""} />{" "}
      <span className="hp-code hp-muted">
        {account.channel} <Untrusted text={account.external_id} />
      </span>
    </>
  );
}

/**
 * SECURITY: the account is shown before it is linked, because a code that somebody else sent would
 * make their account speak for the reader.
 */
export function LinkForm(): ReactNode {
  const client = useQueryClient();
  const [code, setCode] = useState("");
  const [offer, setOffer] = useState<LinkOffer | null>(null);
  const look = useMutation({ mutationFn: () => lookAtCode(code), onSuccess: setOffer });
  const link = useMutation({
    mutationFn: () => linkIdentity(code),
    onSuccess: () => {
      setCode("");
      setOffer(null);
      void client.invalidateQueries({ queryKey: peopleKeys.all });
    },
  });
  return (
    <form
      className="hp-stack-tight"
      onSubmit={(event) => {
        event.preventDefault();
        if (offer === null) look.mutate();
        else link.mutate();
      }}
    >
      <div className="hp-fields">
        <TextInput
          label="Code from the chat"
          description="In Slack, /holdpoint link shows it to you alone, for ten minutes"
          placeholder="xxxx-xxxx-xxxx"
          spellCheck={false}
          value={code}
          onChange={(event) => {
            setCode(event.currentTarget.value);
            setOffer(null);
            link.reset();
          }}
        />
        {offer === null && (
          <Button
            type="submit"
            variant="default"
            disabled={code.trim() === ""}
            loading={look.isPending}
          >
            Look at the account
          </Button>
        )}
      </div>
      {offer !== null && (
        <Notice tone="hold" title="Is this account yours?">
          <p>
            <Account account={offer} />
          </p>
          <p className="hp-small">
            Whoever writes from it decides in your name. If somebody sent you the code, stop here.
          </p>
          <div className="hp-buttons hp-notice-buttons">
            <Button variant="default" onClick={() => setOffer(null)}>
              No
            </Button>
            <Button type="submit" loading={link.isPending}>
              It is mine, link it
            </Button>
          </div>
        </Notice>
      )}
      {look.isError && offer === null && <ProblemNotice fault={look.error} />}
      {link.isError && <ProblemNotice fault={link.error} />}
      {link.isSuccess && code === "" && <Notice tone="go" title="The account is linked" />}
    </form>
  );
}
