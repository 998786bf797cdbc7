/** Plots as SVG that reads on a light and on a dark page. */
const WIDTH = 640;
const INK = '#6b7280';
const BAR = '#2563eb';

const text = (x: number, y: number, content: string, anchor = 'start') =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}">${content}</text>`;

function toSvg(title: string, height: number, parts: readonly string[]): string {
  const style = `font: 13px sans-serif; fill: ${INK}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" style="${style}">`,
    `<title>${title}</title>`,
    text(0, 16, title),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

const ROW = 22;
const LABEL_WIDTH = 150;

/** One bar per name, the longest first. */
export function toBars(title: string, values: Readonly<Record<string, number>>): string {
  const rows = Object.entries(values).sort(([, a], [, b]) => b - a);
  const scale = (WIDTH - LABEL_WIDTH - 60) / Math.max(...rows.map(([, value]) => value), Number.MIN_VALUE);
  const bars = rows.flatMap(([name, value], i) => {
    const y = 30 + i * ROW;
    const width = Math.max(1, value * scale).toFixed(1);
    return [
      text(LABEL_WIDTH - 8, y + 13, name, 'end'),
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${ROW - 6}" fill="${BAR}"/>`,
      text(LABEL_WIDTH + Number(width) + 6, y + 13, String(value)),
    ];
  });
  return toSvg(title, 40 + rows.length * ROW, bars);
}

const PLOT = { left: 70, top: 34, width: WIDTH - 130, height: 220 };

/** Points on two logarithmic axes, with a line through them: a straight one at 45° is linear growth. */
export function toLine(title: string, points: readonly [number, number][]): string {
  const decades = Math.max(...[0, 1].map((axis) => toSpan(points.map((point) => point[axis]!))));
  const size = Math.min(PLOT.width, PLOT.height) / decades;
  const [x0, y0] = [0, 1].map((axis) => Math.log10(Math.min(...points.map((point) => point[axis]!)))) as [
    number,
    number,
  ];
  const places = points.map(([x, y]) => ({
    x: PLOT.left + (Math.log10(x) - x0) * size,
    y: PLOT.top + PLOT.height - (Math.log10(y) - y0) * size,
    label: `${x.toLocaleString('en')}: ${y.toPrecision(3)} s`,
  }));
  const path = places.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  return toSvg(title, PLOT.top + PLOT.height + 20, [
    `<polyline points="${path}" fill="none" stroke="${BAR}" stroke-width="2"/>`,
    ...places.flatMap(({ x, y, label }) => [
      `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4" fill="${BAR}"/>`,
      text(Math.round(x) + 10, Math.round(y) + 5, label),
    ]),
  ]);
}

/** In powers of ten, at least one. */
const toSpan = (values: readonly number[]) => Math.max(1, Math.log10(Math.max(...values) / Math.min(...values)));
