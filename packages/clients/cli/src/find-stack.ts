import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { CliError } from './cli-error';

import { defineTexts } from './language/say';

const t = defineTexts({
  damaged_does: [
    '{file} is damaged: it does not describe a stack. Start the stack again',
    '{file} 已损坏：其内容不是环境描述。请重新启动环境',
  ],
});

/** The part of `.local/stack.json` that a client needs. The running local stack writes that file. */
export const stackSchema = z.looseObject({
  api_url: z.string(),
  ws_url: z.string().optional(),
  api_key: z.string().optional(),
});
export type StackFile = z.infer<typeof stackSchema> & { file: string };

/** The stack file in `directory` or the nearest folder above. Throws a CliError if the file is damaged. */
export function findStack(directory: string): StackFile | undefined {
  for (let at = resolve(directory); ; at = dirname(at)) {
    const file = join(at, '.local', 'stack.json');
    const text = readIfThere(file);
    if (text !== undefined) {
      const stack = stackSchema.safeParse(parseJson(text));
      if (!stack.success) throw new CliError('error', t('damaged_does', { file }));
      return { ...stack.data, file };
    }
    if (at === dirname(at)) return undefined;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
