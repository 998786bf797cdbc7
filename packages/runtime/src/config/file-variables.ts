import { readFileSync } from 'node:fs';

const SUFFIX = '_FILE';

/**
 * The values of `names` in the environment. Each comes from `NAME`, or from the file that `NAME_FILE` names, without
 * one newline at its end. An empty variable counts as not set. Problems never repeat the content of a variable or a
 * file.
 */
export function readVariables(
  names: readonly string[],
  env: NodeJS.ProcessEnv,
): { values: Record<string, string>; problems: string[] } {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const name of names) {
    const fileName = name + SUFFIX;
    const file = names.includes(fileName) ? undefined : env[fileName];
    if (env[name]) values[name] = env[name];
    if (!file) continue;
    if (env[name]) {
      problems.push(`${name}: it and ${fileName} are both set; set one of them`);
      continue;
    }
    try {
      const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      if (text) values[name] = text;
      else problems.push(`${fileName}: the file is empty`);
    } catch (error) {
      problems.push(`${fileName}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
    }
  }
  return { values, problems };
}
