// A length of time in words that keep their width while it runs.

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** The two largest units that matter: `4 min 05 s`, `2 h 10 min`, `3 d 4 h`. */
export function spanInWords(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < minuteMs) return `${Math.floor(whole / 1_000)} s`;
  if (whole < hourMs) {
    const seconds = Math.floor((whole % minuteMs) / 1_000);
    const minutes = Math.floor(whole / minuteMs);
    return minutes < 10 ? `${minutes} min ${String(seconds).padStart(2, "0")} s` : `${minutes} min`;
  }
  if (whole < dayMs) {
    return `${Math.floor(whole / hourMs)} h ${Math.floor((whole % hourMs) / minuteMs)} min`;
  }
  return `${Math.floor(whole / dayMs)} d ${Math.floor((whole % dayMs) / hourMs)} h`;
}

/** Between two instants on the timeline: small spans matter there. */
export function gapInWords(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  return spanInWords(ms);
}
