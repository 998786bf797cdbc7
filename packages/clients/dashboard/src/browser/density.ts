import { effect, signal } from '@preact/signals';
import { readPreference, writePreference } from './stored';

/** How high the rows of tables are: `dense` ones are 32 px. */
export const DENSITIES = ['comfortable', 'dense'] as const;
export type Density = (typeof DENSITIES)[number];

const chosen = readPreference('density');

export const density = signal<Density>(DENSITIES.find((name) => name === chosen) ?? 'comfortable');

export function setDensity(name: Density): void {
  density.value = name;
  writePreference('density', name);
}

export function applyDensity(): void {
  effect(() => {
    document.documentElement.dataset['density'] = density.value;
  });
}
