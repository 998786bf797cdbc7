import { CliError } from '../cli-error';
import { defineTexts } from '../language/say';

const t = defineTexts({ unreachable: ['{name} cannot be reached: {message}', '无法连接 {name}：{message}'] });

/** Throws a CliError with the name of the backing service. */
export async function openBackingService<Opened>(name: string, open: () => Promise<Opened>): Promise<Opened> {
  try {
    return await open();
  } catch (cause) {
    throw new CliError('unreachable', t('unreachable', { name, message: (cause as Error).message }));
  }
}
