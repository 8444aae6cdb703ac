// A notice as a mail: subject, plain text and HTML for a narrow screen, with one link and nothing that decides.

import {
  isDigestNotice,
  isHoldNotice,
  type NoticeBody,
  type NoticeData,
  type NoticeLine,
} from "@holdpoint/core/wire/notice";
import { actionLines, claimLines, holdLines, shown } from "./notice-lines.ts";

export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface Section {
  /** Null for the first one, which stands under the title. */
  readonly heading: string | null;
  readonly lines: readonly NoticeLine[];
  /** Words of the agent, drawn apart. */
  readonly isClaimed?: boolean;
}

interface Letter {
  readonly headline: string;
  readonly title: string;
  readonly sections: readonly Section[];
  readonly url: string;
  readonly linkText: string;
}

const subjectLengthMax = 160;
const titleLengthMax = 300;
const valueLengthMax = 1_000;
const digestMax = 50;

export function mailTextOf(body: NoticeBody): MailText {
  const letter = letterOf(body.data);
  const subject = shown(`${letter.headline}: ${letter.title}`, subjectLengthMax);
  return { subject: `[Holdpoint] ${subject}`, text: plainOf(letter), html: htmlOf(letter) };
}

function letterOf(data: NoticeBody["data"]): Letter {
  if (isHoldNotice(data)) return holdLetter(data);
  if (isDigestNotice(data)) {
    return {
      headline: "Several holds",
      title: data.title,
      sections: [
        {
          heading: null,
          lines: data.digest
            .slice(0, digestMax)
            .map((one) => ({ label: one.headline, value: one.decision_summary.title })),
        },
      ],
      url: data.url,
      linkText: "Open the queue",
    };
  }
  const lines = data.lines.map((value) => ({ label: "", value }));
  return {
    headline: "Notice",
    title: data.title,
    sections: [{ heading: null, lines }],
    url: data.url,
    linkText: "Open in Holdpoint",
  };
}

function holdLetter(data: NoticeData): Letter {
  const isOver = data.resolution_line !== null;
  const outcome = { heading: null, lines: [{ label: "", value: data.resolution_line ?? "" }] };
  const changes = data.changes.map(({ path, before, after }) => ({
    label: path,
    value: `${before} → ${after}`,
  }));
  const sections: readonly Section[] = [
    ...(isOver ? [outcome] : []),
    { heading: null, lines: actionLines(data) },
    { heading: "Parameters", lines: data.params_lines },
    { heading: "Changed by people", lines: changes },
    { heading: "Rule", lines: isOver ? holdLines(data).slice(0, 2) : holdLines(data) },
    { heading: "Claimed by the agent, not checked", lines: claimLines(data), isClaimed: true },
  ];
  return {
    headline: data.headline,
    title: data.decision_summary.title,
    sections: sections.filter(({ lines }) => lines.length > 0),
    url: data.url,
    linkText: isOver || !data.can_decide_here ? "Open the card" : "Open the card to decide",
  };
}

const footer =
  "Nothing is decided by mail or by opening a link: you sign in and decide on the card. Answers to this mail are not read.";

function plainOf(letter: Letter): string {
  const parts = [
    shown(letter.headline, titleLengthMax),
    shown(letter.title, titleLengthMax),
    ...letter.sections.map(plainSection),
    `${letter.linkText}:\n${letter.url}`,
    footer,
  ];
  return `${parts.join("\n\n")}\n`;
}

function plainSection({ heading, lines, isClaimed }: Section): string {
  const mark = isClaimed === true ? "> " : "";
  const rows = lines.map(({ label, value }) => {
    const words = shown(value, valueLengthMax);
    return mark + (label === "" ? words : `${shown(label, titleLengthMax)}: ${words}`);
  });
  return [...(heading === null ? [] : [heading.toUpperCase()]), ...rows].join("\n");
}

const bodyStyle =
  "margin:0;padding:16px;background:#ffffff;color:#1a1a1a;font:16px/1.5 -apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif";
const columnStyle = "max-width:560px;margin:0 auto;overflow-wrap:anywhere;word-break:break-word";
const claimStyle = "margin:0 0 20px;padding:12px;border:1px dashed #767676;background:#f6f6f6";
const linkStyle =
  "display:inline-block;padding:12px 20px;border-radius:6px;background:#1c4fa0;color:#ffffff;text-decoration:none;font-weight:600";

/** SECURITY: no picture, no script, no form, no style from elsewhere; all text is escaped. */
function htmlOf(letter: Letter): string {
  const sections = letter.sections.map(htmlSection).join("");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escaped(shown(letter.title, titleLengthMax))}</title></head>
<body style="${bodyStyle}"><div style="${columnStyle}">
<p style="margin:0;color:#555555">${escaped(shown(letter.headline, titleLengthMax))}</p>
<h1 style="margin:0 0 16px;font-size:20px;line-height:1.3">${escaped(shown(letter.title, titleLengthMax))}</h1>
${sections}<p style="margin:0 0 20px"><a href="${escaped(letter.url)}" rel="noreferrer" style="${linkStyle}">${escaped(letter.linkText)}</a></p>
<p style="margin:0;color:#555555;font-size:13px">${escaped(footer)}</p>
</div></body></html>
`;
}

function htmlSection({ heading, lines, isClaimed }: Section): string {
  const rows = lines.map(({ label, value }) => {
    const words = escaped(shown(value, valueLengthMax));
    const name = label === "" ? "" : `<b>${escaped(shown(label, titleLengthMax))}:</b> `;
    return `<p style="margin:0 0 4px">${name}<bdi>${words}</bdi></p>`;
  });
  const title =
    heading === null
      ? ""
      : `<h2 style="margin:0 0 4px;font-size:14px;color:#555555">${escaped(heading)}</h2>`;
  const style = isClaimed === true ? claimStyle : "margin:0 0 20px";
  return `<div style="${style}">${title}${rows.join("")}</div>\n`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
