import type { Plugin } from 'vite';

/** What this file knows of a node of the syntax tree. */
interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

/** Functions of uPlot that no chart here calls: axes with times of their own, and logarithmic ones. */
const UNUSED: Readonly<Record<string, string>> = {
  genTimeStuffs: '[[], [], Array]',
  ...Object.fromEntries(
    [
      ...['rangeLog', 'rangeAsinh', 'timeAxisStamps', 'timeAxisVals', 'fmtDate'],
      ...['logAxisSplits', 'asinhAxisSplits', 'log10AxisValsFilt', 'log2AxisValsFilt'],
    ].map((name) => [name, '[]']),
  ),
};
/** From here to its `export`, uPlot offers functions for others, and kinds of lines, which a bundler has to keep. */
const OFFERS = 'uPlot.assign = assign;';

/** uPlot is a quarter of the dashboard. What no chart uses is left out: 5 KB with gzip. */
export const withoutUnusedChartParts = (): Plugin => ({
  name: 'without-unused-chart-parts',
  transform: {
    filter: { id: /uPlot\.esm\.js$/ },
    handler(code) {
      const offers = code.indexOf(OFFERS);
      if (offers < 0) throw new Error(`uPlot has no "${OFFERS}" any more`);
      const kept = code.slice(0, offers) + code.slice(code.lastIndexOf('export '));
      const bodies = (this.parse(kept) as unknown as { body: Node[] }).body.flatMap((node) => {
        const { name } = (node['id'] ?? {}) as { name?: string };
        const answer = name === undefined ? undefined : UNUSED[name];
        return answer === undefined ? [] : [{ ...(node['body'] as Node), text: `{ return ${answer}; }` }];
      });
      if (bodies.length !== Object.keys(UNUSED).length)
        throw new Error('uPlot lacks some of the functions to leave out');
      return { code: replace(kept, bodies), map: null };
    },
  },
});

/** Chinese texts without their keys: those of the English ones, in the same order. */
export const chineseByPlace = (): Plugin => ({
  name: 'chinese-by-place',
  apply: 'build',
  transform: {
    filter: { id: /\/texts\.ts$/ },
    handler(code) {
      const found: Node[] = [];
      const visit = (node: unknown) => {
        if (typeof node !== 'object' || node === null) return;
        const { type, callee, arguments: given } = node as Node & { callee?: { name?: string }; arguments?: Node[] };
        if (type === 'CallExpression' && callee?.name === 'defineTexts' && given?.[1]) found.push(given[1]);
        Object.values(node).forEach(visit);
      };
      visit(this.parse(code));
      const texts = found.map((chinese) => {
        const values = (chinese['properties'] as { value: Node }[]).map(({ value }) =>
          code.slice(value.start, value.end),
        );
        return { ...chinese, text: `[${values.join(',')}]` };
      });
      return { code: replace(code, texts), map: null };
    },
  },
});

/** Puts texts in the places of nodes, which stand one after another. */
const replace = (code: string, nodes: readonly (Node & { text: string })[]): string =>
  nodes.reduceRight((changed, { start, end, text }) => changed.slice(0, start) + text + changed.slice(end), code);
