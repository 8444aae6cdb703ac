// The budget of one decision: every step takes units from it, and nothing goes on without them.

class CostExhausted extends Error {
  override readonly name: string = "CostExhausted";
}

/**
 * Thrown, always this one object, when the budget is used up; callers compare by identity. A throw and
 * not a value, because no operator may absorb it.
 */
export const costExhausted: Error = new CostExhausted("The cost budget is used up");

/** Characters that one unit pays for in work that goes over a text. */
export const charactersPerUnit: number = 16;

/** INVARIANT: `left` only falls until `reset`; once below zero every further charge throws. */
export class Meter {
  left: number;

  constructor(budget: number) {
    this.left = budget;
  }

  reset(budget: number): void {
    this.left = budget;
  }

  charge(units: number): void {
    this.left -= units;
    if (this.left < 0) throw costExhausted;
  }

  /** Pays for going once over `length` characters or bytes. */
  chargeText(length: number): void {
    this.left -= 1 + length / charactersPerUnit;
    if (this.left < 0) throw costExhausted;
  }
}
