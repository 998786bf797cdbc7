import { say, sayText } from '../language/say';

/** What follows `cyberstroll`, and what it does or answers. */
export type Example = readonly [line: string, what: string];

/** What to type, for the head of a command's help: `.addHelpText('before', toExamples([…], […]))`. */
export function toExamples(...examples: Example[]): () => string {
  const width = Math.max(...examples.map(([line]) => line.length));
  return () => {
    const lines = examples.map(([line, what]) => `  cyberstroll ${line.padEnd(width)}  ${sayText(what)}\n`);
    return `${say('Examples:')}\n${lines.join('')}`;
  };
}
