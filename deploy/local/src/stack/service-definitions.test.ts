import { parseScale } from './service-definitions';

describe('parseScale', () => {
  it('reads services and replicas', () => {
    expect(parseScale('state-updater=2,scanner-node=4')).toEqual({ 'state-updater': 2, 'scanner-node': 4 });
    expect(parseScale('scanner-node=0')).toEqual({ 'scanner-node': 0 });
  });

  it.each([
    ['updater=2', 'no service is called "updater"'],
    ['state-updater', 'replicas must be 0 to 64, not ""'],
    ['state-updater=-1', 'not "-1"'],
    ['state-updater=65', 'not "65"'],
    ['task-api=0', 'task-api: replicas must be 1 to 64'],
  ])('refuses %s', (text, message) => {
    expect(() => parseScale(text)).toThrow(message);
  });
});
