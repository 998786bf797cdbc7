interface SparklineProps {
  /** Says in words what is drawn. */
  label: string;
  values: readonly (number | null)[];
}

const WIDTH = 120;
const HEIGHT = 24;

/** A small chart of a row: its shape, from 0 to the largest value. */
export function Sparkline({ label, values }: SparklineProps) {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const step = WIDTH / Math.max(1, values.length - 1);
  let isOn = false;
  const path = values.map((value, i) => {
    if (value === null) {
      isOn = false;
      return '';
    }
    const command = isOn ? 'L' : 'M';
    isOn = true;
    return `${command}${(i * step).toFixed(1)} ${(HEIGHT - 1 - (value / most) * (HEIGHT - 2)).toFixed(1)}`;
  });
  return (
    <svg class="sparkline" role="img" aria-label={label} viewBox={`0 0 ${WIDTH} ${HEIGHT}`}>
      <path d={path.join('')} />
    </svg>
  );
}
