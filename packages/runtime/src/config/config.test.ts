import { z } from 'zod';
import { baseConfigShape, envList, loadConfig, rabbitmqConfigShape } from './config';

const shape = {
  ...baseConfigShape,
  ...rabbitmqConfigShape,
  POOLS: envList.default(['default']),
  SIZE: z.coerce.number().int().max(9),
};

it('reads variables with their defaults; an empty one counts as not set', () => {
  expect(loadConfig(shape, { SIZE: '3', HTTP_PORT: '', POOLS: 'a, b,' })).toMatchObject({
    SIZE: 3,
    HTTP_PORT: 0,
    HTTP_HOST: '127.0.0.1',
    POOLS: ['a', 'b'],
  });
});

it('names every bad variable in one error, and repeats no value', () => {
  const bad = { SIZE: 'secret-1', HTTP_PORT: '70000', LOG_LEVEL: 'secret-2' };
  try {
    loadConfig(shape, bad);
    throw new Error('was accepted');
  } catch (error) {
    const { message } = error as Error;
    for (const name of Object.keys(bad)) expect(message).toContain(name);
    expect(message).not.toContain('secret');
    expect(error).toMatchObject({ kind: 'fatal', code: 'bad_configuration' });
  }
});

it('describes every shared variable', () => {
  for (const field of Object.values(baseConfigShape)) expect(field.description).toBeTruthy();
});
