// Sums up measured spans.

/**
 * @param {readonly number[]} values
 * @param {number} share Between 0 and 1; 0.5 is the median.
 * @returns {number} The smallest value that is not below that share of all; NaN for none at all.
 */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const rank = Math.ceil(share * sorted.length);
  return sorted[Math.min(Math.max(rank, 1), sorted.length) - 1] ?? Number.NaN;
}

/**
 * @param {readonly number[]} values
 * @returns {number}
 */
export function median(values) {
  return quantile(values, 0.5);
}
