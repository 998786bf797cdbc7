import { Gauge, type Registry } from '@cyberstroll/runtime';

/** Looks that may be missed before what was seen is not shown any more. */
export const LOOKS_KEPT = 3;

export type Sample = [labels: Record<string, string>, value: number];

/** Nothing is shown where there is nothing to say. */
export const toSample = (value: number | null): Sample[] => (value === null ? [] : [[{}, value]]);

/**
 * Makes gauges that show what they were given last, and nothing once that is too old: where another replica leads now, nothing
 * is shown twice for long, nor anything that is not so any more.
 */
export function createFreshGauges(registry: Registry, intervalMs: number) {
  const maxAgeMs = LOOKS_KEPT * intervalMs;
  return function addGauge<Label extends string>(name: string, help: string, ...labelNames: Label[]) {
    let shownAtMs = Number.NEGATIVE_INFINITY;
    const gauge = new Gauge({
      ...{ name: `cyberstroll_${name}`, help, labelNames: labelNames as string[] },
      registers: [registry],
      collect() {
        if (performance.now() - shownAtMs > maxAgeMs) clear();
      },
    });
    function clear() {
      gauge.reset();
      // Without labels, a reset is to 0.
      if (labelNames.length === 0) gauge.remove();
    }
    return {
      show(samples: readonly Sample[]) {
        clear();
        for (const [labels, value] of samples) gauge.set(labels, value);
        shownAtMs = performance.now();
      },
    };
  };
}
