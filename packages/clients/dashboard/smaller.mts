import type { Plugin } from 'vite';

/** What this file knows of a node of the syntax tree. */
interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

interface Part {
  /** The end of the file's path. */
  file: string;
  /** What a function answers that the dashboard has no use for, or does less for it. */
  answers: Readonly<Record<string, string>>;
  /** From here to its `export` the file offers functions to others, which a bundler has to keep. */
  offers?: string;
}

const PARTS: readonly Part[] = [
  {
    // No chart has logarithmic axes, or uPlot's own marks of time and ranges.
    file: '/uPlot.esm.js',
    answers: {
      genTimeStuffs: '[[], [], Array]',
      _rangeNum: '[0, 1]',
      ...Object.fromEntries(
        [
          ...['rangeLog', 'rangeAsinh', 'timeAxisStamps', 'timeAxisVals', 'fmtDate'],
          ...['logAxisSplits', 'asinhAxisSplits', 'log10AxisValsFilt', 'log2AxisValsFilt'],
        ].map((name) => [name, '[]']),
      ),
    },
    offers: 'uPlot.assign = assign;',
  },
  {
    // The API has parameters of one form: `/path/{id}?name=a&name=b`.
    file: '/openapi-fetch/dist/index.mjs',
    answers: {
      serializeObjectParam: "''",
      serializeArrayParam: "value.map((each) => serializePrimitiveParam(name, each)).join('&')",
      defaultPathSerializer: 'pathname.replace(PATH_PARAM_RE, (at) => encodeURIComponent(pathParams[at.slice(1, -1)]))',
    },
  },
];

/** Leaves out what nothing here uses of the largest libraries: 6 KB with gzip. */
export const withoutUnusedParts = (): Plugin => ({
  name: 'without-unused-parts',
  transform(code, id) {
    const part = PARTS.find(({ file }) => id.endsWith(file));
    if (!part) return undefined;
    const { answers, offers } = part;
    const end = offers === undefined ? code.length : code.indexOf(offers);
    if (end < 0) throw new Error(`${id} has no "${offers}" any more`);
    const kept = code.slice(0, end) + (offers === undefined ? '' : code.slice(code.lastIndexOf('export ')));
    const bodies = (this.parse(kept) as unknown as { body: Node[] }).body.flatMap((node) => {
      const { name } = (node['id'] ?? {}) as { name?: string };
      const answer = name === undefined ? undefined : answers[name];
      return answer === undefined ? [] : [{ ...(node['body'] as Node), text: `{ return ${answer}; }` }];
    });
    if (bodies.length !== Object.keys(answers).length) throw new Error(`${id} lacks functions that are to be left out`);
    return { code: replace(kept, bodies), map: null };
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
