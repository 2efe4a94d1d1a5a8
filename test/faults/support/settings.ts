/*
 * How much is run: HEADGATE_FAULT_SEED is the seed of the first run of each fault, HEADGATE_FAULT_RUNS how many runs each has, HEADGATE_FAULT_LONG=1
 * (`npm run test:faults -- --long`) the long version. Read in the main process first, whose children find the same seed in their environment.
 */

const wholeNumber = (name: string): number | undefined => {
  const text = process.env[name];
  if (!text) return undefined;
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) throw new Error(`${name} must be a whole number from 1 on`);
  return Number(text);
};

process.env['HEADGATE_FAULT_SEED'] ||= String(1 + Math.floor(Math.random() * 900_000_000));
export const suiteSeed = wholeNumber('HEADGATE_FAULT_SEED') ?? 1;
export const chosenRuns = wholeNumber('HEADGATE_FAULT_RUNS');
export const isLong = process.env['HEADGATE_FAULT_LONG'] === '1';
