// How often rosters are fetched, and when an old text is worth a warning.

/** Between two good looks. */
export const rosterEveryMs: number = 900_000;
/** The first pause after a look that failed; doubles up to `rosterEveryMs`. */
export const rosterRetryMs: number = 30_000;
/** Several looks in a row failed. */
export const staleAfterMs: number = 4 * rosterEveryMs;
