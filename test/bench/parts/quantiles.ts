export interface Quantiles {
  p50: number;
  p99: number;
  p999: number;
}

export function toQuantiles(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
  return { p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999) };
}
