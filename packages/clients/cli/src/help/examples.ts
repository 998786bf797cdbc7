import { defineTexts } from '../language/say';

const t = defineTexts({
  examples: ['Examples:', '示例：'],
});

/** What follows `cyberstroll`, and what it does or answers. */
export type Example = readonly [line: string, what: string];

/** What to type, for the head of a command's help: `.addHelpText('before', toExamples([…], […]))`. */
export function toExamples(...examples: Example[]): () => string {
  const width = Math.max(...examples.map(([line]) => line.length));
  return () => {
    const lines = examples.map(([line, what]) => `  cyberstroll ${line.padEnd(width)}  ${what}\n`);
    return `${t('examples')}\n${lines.join('')}`;
  };
}
