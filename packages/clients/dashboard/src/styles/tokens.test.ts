import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Color,
  differenceCiede2000,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
  interpolate,
  parse,
  wcagContrast,
} from 'culori';

const css = readFileSync(join(__dirname, 'tokens.css'), 'utf8');
const difference = differenceCiede2000();

function readTheme(selector: string): Map<string, Color> {
  const start = css.indexOf(`${selector} {`);
  const block = css.slice(start, css.indexOf('}', start));
  return new Map([...block.matchAll(/--([\w-]+): (#\w{6});/g)].map(([, name, hex]) => [name!, parse(hex!)!]));
}

/** The part of a state's colour that is behind its name. */
const TINT = Number(/--tint: (\d+)%;/.exec(css)![1]) / 100;

/** By tone: the tokens of its colour and of its name. */
function readTones(): Map<string, { colour: string; text: string }> {
  const rules = readFileSync(join(__dirname, 'states.css'), 'utf8').matchAll(
    /\.tone-(\w+) \{\s*--tone: var\(--([\w-]+)\);\s*--tone-text: var\(--([\w-]+)\);/g,
  );
  return new Map([...rules].map(([, tone, colour, text]) => [tone!, { colour: colour!, text: text! }]));
}

const EYES = {
  'sees all colours': (colour: Color) => colour,
  'lacks green (deutan)': filterDeficiencyDeuter(1),
  'lacks red (protan)': filterDeficiencyProt(1),
  'lacks blue (tritan)': filterDeficiencyTrit(1),
};

describe.each([
  ['light', readTheme(':root')],
  ['dark', readTheme(':root[data-theme="dark"]')],
])('%s', (_theme, colours) => {
  const states = [...colours].filter(([name]) => name.startsWith('state-'));
  const pairs = states.flatMap((one, i) => states.slice(0, i).map((other) => [one, other] as const));
  const contrast = (name: string, on: string) => wcagContrast(colours.get(name)!, colours.get(on)!);

  it.each(Object.entries(EYES))('for who %s, any two states differ', (_who, see) => {
    expect(states).toHaveLength(8);
    const near = pairs
      .map(([[one, a], [other, b]]) => [one, other, difference(see(a), see(b))] as const)
      .filter(([, , by]) => by < 15);
    expect(near).toEqual([]);
  });

  it('each state stands out from the page, and its glyph from it', () => {
    for (const [name] of states) {
      expect([name, contrast(name, 'back') >= 3]).toEqual([name, true]);
      expect([name, contrast('cell-glyph', name) >= 3]).toEqual([name, true]);
    }
  });

  it.each([...readTones()])('the name of a state is read on its tint: %s', (_tone, { colour, text }) => {
    const tint = interpolate([colours.get('back')!, colours.get(colour)!], 'rgb')(TINT);
    expect(wcagContrast(colours.get(text)!, tint)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['good-text', 'bad-text', 'late-text', 'state-again', 'text-weak', 'accent'])(
    'the name of a state is read on every background: %s',
    (name) => {
      for (const back of ['back', 'back-raised', 'back-sunken']) {
        expect([back, contrast(name, back) >= 4.5]).toEqual([back, true]);
      }
    },
  );
});
