import { Gauge, type Registry } from '@cyberstroll/runtime';

/** A gauge shows a value for this many intervals. */
export const INTERVALS_SHOWN = 3;

export type Sample = [labels: Record<string, string>, value: number];

/** No sample for null. */
export const toSample = (value: number | null): Sample[] => (value === null ? [] : [[{}, value]]);

/**
 * Makes gauges that show the last samples they got, and nothing when these are too old: then another replica leads the
 * sweep, and no value is shown twice, or after its time.
 */
export function createFreshGauges(registry: Registry, intervalMs: number) {
  const maxAgeMs = INTERVALS_SHOWN * intervalMs;
  return function addGauge<Label extends string>(name: string, help: string, ...labelNames: Label[]) {
    let shownAtMs = Number.NEGATIVE_INFINITY;
    const gauge = new Gauge({
      name: `cyberstroll_${name}`,
      help,
      labelNames: labelNames as string[],
      registers: [registry],
      collect() {
        if (performance.now() - shownAtMs > maxAgeMs) clear();
      },
    });
    function clear() {
      gauge.reset();
      // Without labels, reset() sets the gauge to 0.
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
