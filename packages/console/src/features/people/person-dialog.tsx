// Writes a person down, or changes what is written of them.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, Checkbox, Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { EntryView, GroupView } from "@holdpoint/core/wire/people";
import { peopleKeys, savePerson } from "../../api/people.ts";
import { asProblem } from "../../api/problem.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { localZone } from "../../ui/zone.ts";
import { ProblemWithFindings } from "./findings.tsx";
import { LimitList } from "./limit-fields.tsx";
import { fieldsOf, groupsGiven, type PersonFields, requestOf, wrongIn } from "./person-form.ts";

type Wrong = ReadonlyMap<string, string>;

export interface PartProps {
  readonly fields: PersonFields;
  /** What is wrong, by field. */
  readonly wrong: Wrong;
  write(part: Partial<PersonFields>): void;
}

export function PersonDialog({
  person,
  groups,
  onClose,
}: {
  person: EntryView | null;
  groups: readonly GroupView[];
  onClose: () => void;
}): ReactNode {
  const client = useQueryClient();
  const [before] = useState(() => (person === null ? [] : groupsGiven(person.id, groups)));
  const [fields, setFields] = useState(() => fieldsOf(person, before, localZone()));
  const save = useMutation({
    mutationFn: () => savePerson(fields.id.trim(), requestOf(fields, before)),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: peopleKeys.all });
      onClose();
    },
  });
  useFocusReturn();
  const write = (part: Partial<PersonFields>): void => setFields({ ...fields, ...part });
  const [unsendable, setUnsendable] = useState<Wrong>(new Map());
  const wrong = new Map([...(save.isError ? wrongBy(save.error) : []), ...unsendable]);
  const title = person === null ? "Add a person" : `Edit ${person.id}`;
  return (
    <Modal opened onClose={onClose} title={title} size="lg">
      <form
        className="hp-stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const found = wrongIn(fields);
          setUnsendable(found);
          if (found.size === 0) save.mutate();
        }}
      >
        {person?.active === false && (
          <p className="hp-muted">Saving takes them back. What they may do is what is said here.</p>
        )}
        <Naming fields={fields} write={write} isNew={person === null} wrong={wrong} />
        <Deciding
          fields={fields}
          write={write}
          wrong={wrong}
          groups={groups.map(({ name }) => name)}
        />
        <LimitList fields={fields} write={write} wrong={wrong} />
        <Telling fields={fields} write={write} wrong={wrong} />
        {save.isError && <ProblemWithFindings fault={save.error} />}
        <div className="hp-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Modal>
  );
}

/** What the server says about a field, by the first part of its path. */
function wrongBy(fault: unknown): Wrong {
  const errors = asProblem(fault).findings.filter(({ severity }) => severity === "error");
  return new Map(errors.map(({ path, message }) => [path.split("/")[1] ?? "", message]));
}

function Naming(props: PartProps & { readonly isNew: boolean }): ReactNode {
  const { fields, write, isNew, wrong } = props;
  return (
    <>
      <TextInput
        label="Id"
        description="Letters, digits, _ . @ -; what votes and the record name"
        required
        disabled={!isNew}
        data-autofocus={isNew || undefined}
        value={fields.id}
        error={wrong.get("id")}
        onChange={(event) => write({ id: event.currentTarget.value })}
      />
      <TextInput
        label="Name"
        value={fields.name}
        data-autofocus={!isNew || undefined}
        error={wrong.get("name")}
        onChange={(event) => write({ name: event.currentTarget.value })}
      />
      <TextInput
        label="Email"
        type="email"
        value={fields.email}
        error={wrong.get("email")}
        onChange={(event) => write({ email: event.currentTarget.value })}
      />
      <TextInput
        label="Other accounts"
        description="Further emails and ids by which the same person signs in, divided by commas"
        value={fields.accounts}
        error={wrong.get("accounts")}
        onChange={(event) => write({ accounts: event.currentTarget.value })}
      />
    </>
  );
}

function Deciding(props: PartProps & { readonly groups: readonly string[] }): ReactNode {
  const { fields, write, groups, wrong } = props;
  const toggle = (name: string, isIn: boolean): void =>
    write({
      groups: isIn ? [...fields.groups, name] : fields.groups.filter((one) => one !== name),
    });
  const known = [...new Set([...groups, ...fields.groups])];
  return (
    <>
      <TextInput
        label="Roles"
        description="Beside those that their key carries, divided by commas"
        value={fields.roles}
        error={wrong.get("roles")}
        onChange={(event) => write({ roles: event.currentTarget.value })}
      />
      {known.length > 0 && (
        <fieldset className="hp-plain-set hp-stack-tight">
          <legend className="hp-legend">Groups</legend>
          <p className="hp-muted hp-small">Beside those that the policy file gives</p>
          <div className="hp-checks">
            {known.map((name) => (
              <Checkbox
                key={name}
                label={name}
                checked={fields.groups.includes(name)}
                onChange={(event) => toggle(name, event.currentTarget.checked)}
              />
            ))}
          </div>
        </fieldset>
      )}
    </>
  );
}

function Telling({ fields, write, wrong }: PartProps): ReactNode {
  return (
    <>
      <TextInput
        label="Channels"
        description="In the order in which they are tried, such as slack, email; empty is every one"
        value={fields.channels}
        error={wrong.get("channels")}
        onChange={(event) => write({ channels: event.currentTarget.value })}
      />
      <TextInput
        label="Cards in an hour"
        description="Past it, cards go to others of the group while somebody else is left; empty is no limit"
        inputMode="numeric"
        value={fields.cards}
        error={wrong.get("cards_per_hour")}
        onChange={(event) => write({ cards: event.currentTarget.value })}
      />
      <Checkbox
        label="Quiet hours, in which only the last level of a chain disturbs them"
        checked={fields.isQuiet}
        onChange={(event) => write({ isQuiet: event.currentTarget.checked })}
      />
      {fields.isQuiet && (
        <div className="hp-fields">
          <TextInput
            label="Quiet from"
            type="time"
            value={fields.quietFrom}
            onChange={(event) => write({ quietFrom: event.currentTarget.value })}
          />
          <TextInput
            label="Quiet to"
            type="time"
            value={fields.quietTo}
            onChange={(event) => write({ quietTo: event.currentTarget.value })}
          />
          <TextInput
            label="Time zone"
            value={fields.quietZone}
            error={wrong.get("quiet")}
            onChange={(event) => write({ quietZone: event.currentTarget.value })}
          />
        </div>
      )}
    </>
  );
}
