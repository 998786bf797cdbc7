/**
 * Times and values of a chart, with an empty place where samples are missing, so that no line leads over a gap.
 * `every`: seconds between two samples; twice as long is a gap.
 */
export function withGaps<Sample extends { at: number }>(
  samples: readonly Sample[],
  every: number,
): { times: number[]; toValues: (of: (sample: Sample) => number | null) => (number | null)[] } {
  const places: (Sample | number)[] = [];
  let before: number | undefined;
  for (const sample of samples) {
    if (before !== undefined && sample.at - before > 2 * every) places.push(before + every);
    places.push(sample);
    before = sample.at;
  }
  return {
    times: places.map((place) => (typeof place === 'number' ? place : place.at)),
    toValues: (of) => places.map((place) => (typeof place === 'number' ? null : of(place))),
  };
}
